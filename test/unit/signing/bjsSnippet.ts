// The check that a Bots.Business command makes, as the README shows it. A command has CryptoJS, `content` and `options`
// and nothing of Node; `HOOKWARD_KEY` stands for the place where the bot keeps its key.

/** BJS source; its last expression is the options that the bot may trust. Throws when anything is wrong. */
export const bjsSnippet = `
function trustedOptions(content, options, key) {
  var headers = options.headers;
  var id = headers["Hookward-Id"];
  var timestamp = headers["Hookward-Timestamp"];
  var signed = headers["Hookward-Options"];
  var signatures = headers["Hookward-Signature"];
  if (!id || !timestamp || !signed || !signatures) { throw new Error("not sent by Hookward"); }

  var age = Math.floor(Date.now() / 1000) - Number(timestamp);
  if (!(Math.abs(age) <= 300)) { throw new Error("too old or too new"); }

  var secret = CryptoJS.enc.Base64.parse(key.replace("whsec_", ""));
  var mac = CryptoJS.HmacSHA256(id + "." + timestamp + "." + signed, secret);
  var expected = CryptoJS.SHA256("v1," + CryptoJS.enc.Base64.stringify(mac)).toString();
  var matches = signatures.split(" ").filter(function (signature) {
    // Digests are compared, so that the time it takes tells nothing of the signature.
    return CryptoJS.SHA256(signature).toString() === expected;
  });
  if (matches.length === 0) { throw new Error("signature is wrong"); }

  var trusted = JSON.parse(signed);
  if (trusted.method === "POST" && CryptoJS.SHA256(content).toString() !== trusted.bodySha256) {
    throw new Error("body is wrong");
  }
  return trusted;
}

trustedOptions(content, options, HOOKWARD_KEY);
`;
