import type { RecordView } from '../../views.ts';
import { Block, LaidOut, Pairs } from '../components/content.tsx';
import { webhookPath } from '../paths.ts';
import { visible } from '../visible.ts';
import { bytesText } from '../words.ts';
import { hexDump, utf8Text, withoutCutCharacter } from './bytes.ts';
import { formFields, viewContent } from './content.ts';
import { curlCommand, needsBodyFile } from './curl.ts';

/** How the raw bytes are shown. */
export type RawForm = 'text' | 'hex';

const laidOutLengthMax = 64 * 1024;
const rawTextBytesMax = 64 * 1024;
const rawHexBytesMax = 4 * 1024;

/** The first bytes as text, with the last character left out where the cut goes through it; null where they are none. */
function shownText(bytes: Uint8Array): string | null {
  const head = bytes.subarray(0, rawTextBytesMax);
  const text = utf8Text(head) ?? (bytes.length > head.length ? utf8Text(withoutCutCharacter(head)) : null);
  return text === null || text.includes('\0') ? null : text;
}

function Raw({
  id,
  bytes,
  form,
}: {
  readonly id: string;
  readonly bytes: Uint8Array;
  readonly form: RawForm;
}) {
  const text = form === 'hex' ? null : shownText(bytes);
  const isHex = text === null;
  const shownMax = isHex ? rawHexBytesMax : rawTextBytesMax;
  const choice = (name: RawForm, label: string) => (
    <a
      href={`${webhookPath(id, '', { raw: name })}#body`}
      aria-current={(name === 'hex') === isHex ? 'true' : undefined}
    >
      {label}
    </a>
  );
  return (
    <section aria-labelledby="raw">
      <div class="side-head">
        <h3 id="raw">Raw bytes</h3>
        <span class="choices">
          {choice('text', 'Text')} {choice('hex', 'Hex')}
        </span>
        <a href={webhookPath(id, '/body')} download>
          Download all
        </a>
      </div>
      <Block
        text={text ?? hexDump(bytes, rawHexBytesMax)}
        isHex={isHex}
        label={isHex ? 'Raw bytes, in hex' : 'Raw bytes, as text'}
      />
      {bytes.length > shownMax ? <p class="hint">The first {bytesText(shownMax)} of them.</p> : null}
    </section>
  );
}

/** The body, laid out beside its bytes. */
export function BodyPanel({ record, form }: { readonly record: RecordView; readonly form: RawForm }) {
  const { request, id } = record;
  return (
    <section class="panel" aria-labelledby="body">
      <header>
        <h2 id="body">Body</h2>
        <span class="muted">{bytesText(request.bodyBytes)}</span>
      </header>
      <div class="inner">
        {request.body === undefined ? <p class="muted">The body is hidden from viewers.</p> : null}
        {request.body === undefined ? null : request.bodyBytes === 0 ? (
          <p class="muted">Empty.</p>
        ) : (
          <div class="pair">
            <section aria-labelledby="laid-out">
              <div class="side-head">
                <h3 id="laid-out">Laid out</h3>
              </div>
              <LaidOut
                view={viewContent(Buffer.from(request.body, 'base64'), request.headers, laidOutLengthMax)}
                label="Body, laid out"
              />
            </section>
            <Raw id={id} bytes={Buffer.from(request.body, 'base64')} form={form} />
          </div>
        )}
      </div>
    </section>
  );
}

function Curl({ record }: { readonly record: RecordView }) {
  const { request, id } = record;
  const asked = { ...request, body: Buffer.from(request.body ?? '', 'base64'), bodyFile: `${id}.bin` };
  return (
    <details class="more">
      <summary>Copy as curl</summary>
      <div class="column">
        <Block id="curl" text={curlCommand(asked)} label="The request as a curl command" />
        <div class="buttons">
          <button class="button button-small" type="button" data-copy="curl" hidden>
            Copy
          </button>
          <span class="hint">
            It calls the public address again, as a new webhook.
            {needsBodyFile(asked) ? ' Download the body beside it first.' : ''}
          </span>
        </div>
      </div>
    </details>
  );
}

/** The request as it was sent: what was called, and its headers. */
export function RequestPanel({ record }: { readonly record: RecordView }) {
  const { request } = record;
  const query = request.target.includes('?') ? request.target.slice(request.target.indexOf('?') + 1) : '';
  const fields = query === '\u2026' ? [] : formFields(query);
  return (
    <section class="panel" aria-labelledby="request">
      <header>
        <h2 id="request">Request as sent</h2>
      </header>
      <div class="inner">
        <p class="mono hostile">
          {request.method} {visible(request.target)}
        </p>
        {fields.length === 0 ? null : (
          <>
            <h3>Query</h3>
            <div class="boxed">
              <Pairs pairs={fields} label="Fields of the query, decoded" names="Field" />
            </div>
          </>
        )}
        <h3>Headers</h3>
        <div class="boxed">
          <Pairs pairs={request.headers} label="Headers of the request" />
        </div>
        {request.body === undefined ? null : <Curl record={record} />}
      </div>
    </section>
  );
}
