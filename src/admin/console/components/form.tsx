import type { Child } from 'hono/jsx';

/** A field with its label above and a hint below. `id` is unique on the page. */
export function Field(props: {
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  readonly wide?: boolean;
  /** Browsers need more room for a time than for a word. */
  readonly isTime?: boolean;
  readonly children: Child;
}) {
  const kind = props.wide === true ? ' field-wide' : props.isTime === true ? ' field-time' : '';
  return (
    <div class={`field${kind}`}>
      <label for={props.id}>{props.label}</label>
      {props.children}
      {props.hint === undefined ? null : (
        <p class="hint" id={`${props.id}-hint`}>
          {props.hint}
        </p>
      )}
    </div>
  );
}

/** A field for a line of text. */
export function TextField(props: {
  readonly id: string;
  readonly name: string;
  readonly label: string;
  readonly value: string;
  readonly lengthMax: number;
  readonly required?: boolean;
  readonly hint?: string;
}) {
  const { id, name, label, value, lengthMax, required, hint } = props;
  return (
    <Field id={id} label={label} {...(hint === undefined ? {} : { hint })}>
      <input
        id={id}
        name={name}
        type="text"
        value={value}
        required={required === true}
        maxlength={lengthMax}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={hint === undefined ? undefined : `${id}-hint`}
      />
    </Field>
  );
}

/** A choice; the empty one comes first where it has a name. */
export function Choice(props: {
  readonly id: string;
  readonly name: string;
  readonly value: string;
  readonly empty?: string;
  readonly options: readonly (readonly [value: string, label: string])[];
}) {
  return (
    <select id={props.id} name={props.name}>
      {props.empty === undefined ? null : <option value="">{props.empty}</option>}
      {props.options.map(([value, label]) => (
        <option value={value} selected={value === props.value}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** What makes a form count as ours; every form that changes something carries it. */
export function Csrf({ csrf }: { readonly csrf: string | null }) {
  return csrf === null ? null : <input type="hidden" name="csrf" value={csrf} />;
}

/** Hidden fields, by name; a list for a name that stands there more than once. */
export function HiddenFields({
  fields,
}: {
  readonly fields: Readonly<Record<string, string | readonly string[]>>;
}) {
  return (
    <>
      {Object.entries(fields).flatMap(([name, value]) =>
        (typeof value === 'string' ? [value] : value).map((one) => (
          <input type="hidden" name={name} value={one} />
        )),
      )}
    </>
  );
}

/** Why something is changed: every change asks, and the audit log keeps it. */
export function Reason({ id, value = '' }: { readonly id: string; readonly value?: string }) {
  return (
    <Field id={id} label="Reason" hint="Stands in the audit log with your name." wide>
      <input
        id={id}
        name="reason"
        type="text"
        required
        maxlength={500}
        value={value}
        autocomplete="off"
        aria-describedby={`${id}-hint`}
      />
    </Field>
  );
}
