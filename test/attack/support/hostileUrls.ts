// URLs that read as one thing and lead to another: what open redirects and requests to the inside (SSRF) are made of.

/** Must never become the address that a browser is sent to. `there`: where the attacker wants it to go. */
export const redirects = (there: string): readonly string[] => [
  // Not absolute, whatever a browser makes of them.
  ...[
    '',
    '/',
    '/a',
    `//${there}`,
    `///${there}`,
    `////${there}`,
    `/\\${there}`,
    `\\\\${there}`,
    `/\\/${there}`,
  ],
  ...[
    `\\/${there}`,
    `/\t/${there}`,
    `/\n/${there}`,
    `?${there}`,
    `#${there}`,
    `.${there}`,
    there,
    `www.${there}`,
  ],
  // Other schemes.
  ...['javascript:alert(1)', 'JaVaScRiPt:alert(1)', ' javascript:alert(1)', 'java\nscript:alert(1)'],
  ...['javascript://shop.example/%0aalert(1)', 'data:text/html,<script>alert(1)</script>', 'vbscript:x'],
  ...[
    'file:///etc/passwd',
    'ftp://shop.example/',
    'ws://shop.example/',
    'blob:https://shop.example/1',
    'about:blank',
  ],
  ...[`view-source:https://${there}`, `feed:https://${there}`, 'mailto:a@b', 'intent://x#Intent;end'],
  // Too few or too many slashes, or the wrong ones.
  ...[
    `https:${there}`,
    `https:/${there}`,
    `https:///${there}`,
    `https:\\\\${there}`,
    `https:/\\${there}`,
    `http:\\${there}`,
  ],
  // Credentials that look like the host.
  ...[
    `https://shop.example@${there}/`,
    `https://shop.example:443@${there}/`,
    `https://@${there}/`,
    `https://:@${there}/`,
  ],
  ...[`https://shop.example%40@${there}/`, `https://a:b@${there}/`],
  // Characters that one reader drops and another does not.
  ...[
    `https://shop.example\\@${there}/`,
    `https://${there}\\.shop.example/`,
    `https://${there}/\\..`,
    `https://${there}/ x`,
  ],
  ...[
    `https://${there}/\r\nSet-Cookie: a=b`,
    `https://${there}/\0`,
    `\x00https://${there}/`,
    `\thttps://${there}/`,
  ],
  ...[` https://${there}/`, `https://${there}/ `, `https://exa\tmple.org/`, `https://${there}/\x7f`],
  // No host, or none that is one.
  ...[
    'https://',
    'https://?',
    'https://#',
    'https://:80/',
    'https://[::1',
    'https://%/',
    'https://a b/',
    'https://a^b/',
  ],
];

/** Addresses of the inside, spelled in every way: what a server must never be made to call. */
export const insides = (port: number): readonly string[] => {
  const hosts = [
    ...[
      '127.0.0.1',
      'localhost',
      '127.1',
      '2130706433',
      '0x7f000001',
      '0177.0.0.1',
      '0',
      '0.0.0.0',
      '127.0.0.1.',
    ],
    ...[
      '[::1]',
      '[::]',
      '[::ffff:127.0.0.1]',
      '[0:0:0:0:0:ffff:7f00:1]',
      '[::127.0.0.1]',
      '[fe80::1%25lo]',
      'LOCALHOST.',
    ],
    ...[
      '127.0.0.1%00.hooks.example',
      'hooks.example@127.0.0.1',
      '127。0。0。1',
      '①②⑦.⓪.⓪.①',
      '169.254.169.254',
    ],
  ];
  return hosts.map((host) => `http://${host}:${port}/latest/meta-data`);
};

/** Looks like one of PayPal's certificates and is not. */
export const certificateUrls = (port: number): readonly string[] => [
  ...[
    `https://api.paypal.com@127.0.0.1:${port}/v1/notifications/certs/CERT-1`,
    'https://api.paypal.com.hooks.example/v1/notifications/certs/CERT-1',
  ],
  ...[
    `https://127.0.0.1:${port}/v1/notifications/certs/CERT-1`,
    `https://api.paypal.com:${port}/v1/notifications/certs/CERT-1`,
  ],
  ...[
    'http://api.paypal.com/v1/notifications/certs/CERT-1',
    'https://api.paypal.com/v1/notifications/certs/../../x',
  ],
  ...[
    'https://api.paypal.com\\@127.0.0.1/v1/notifications/certs/C',
    'https://api.paypal.com/v1/notifications/certs/C?x=1',
  ],
  ...[
    'https://api.paypal.com/v1/notifications/certs/C#x',
    'https://evil-api.paypal.com/v1/notifications/certs/C',
  ],
  ...[
    'https://apiXpaypal.com/v1/notifications/certs/C',
    'file:///etc/passwd',
    '//127.0.0.1/v1/notifications/certs/C',
  ],
  ...insides(port),
];
