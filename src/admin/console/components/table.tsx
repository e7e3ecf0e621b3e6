import type { Child } from 'hono/jsx';

/** A table of a page: a cell a column, the first one its row's header. Narrow screens show a row as a block. */
export function DataTable(props: {
  readonly caption: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly Child[])[];
  readonly empty: string;
}) {
  const { caption, columns, rows, empty } = props;
  if (rows.length === 0) return <p class="empty">{empty}</p>;
  return (
    <table class="stack">
      <caption class="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col">{column === '' ? <span class="visually-hidden">Actions</span> : column}</th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(([first, ...rest]) => (
          <tr data-row>
            <th scope="row">{first}</th>
            {rest.map((cell, at) => (
              <td data-label={columns[at + 1] === '' ? undefined : columns[at + 1]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** Facts by name, a row each. */
export function FactTable({ rows }: { readonly rows: readonly (readonly [name: string, value: Child])[] }) {
  return (
    <table class="facts">
      <tbody>
        {rows.map(([name, value]) => (
          <tr>
            <th scope="row">{name}</th>
            <td>{value}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** A panel with a heading; `id` is unique on the page. */
export function Panel(props: {
  readonly id: string;
  readonly title: string;
  readonly aside?: Child;
  readonly children: Child;
}) {
  return (
    <section class="panel" aria-labelledby={props.id}>
      <header>
        <h2 id={props.id}>{props.title}</h2>
        {props.aside === undefined ? null : <span class="muted">{props.aside}</span>}
      </header>
      {props.children}
    </section>
  );
}
