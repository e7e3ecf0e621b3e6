/** Fields, buttons, and rows of both. */
export const forms = `
input, select, textarea, button { font: inherit; color: inherit; }
input:not([type='checkbox'], [type='radio'], [type='hidden']), select, textarea {
  width: 100%; min-height: 32px; padding: 4px 8px; border: 1px solid var(--edge); border-radius: var(--radius); background: var(--ground);
}
textarea { min-height: 64px; resize: vertical; font-family: var(--mono); font-size: 12.5px; }
input[type='checkbox'] { width: 16px; height: 16px; margin: 0; accent-color: var(--accent); }
.field { display: grid; gap: 3px; align-content: start; min-width: 0; }
.field label { font-size: 12.5px; color: var(--muted); }
.hint { font-size: 12.5px; color: var(--muted); }
.fields { display: flex; flex-wrap: wrap; gap: 10px 12px; }
.fields > .field { flex: 1 1 150px; max-width: 230px; }
.fields > .field-time { flex-basis: 240px; max-width: 250px; }
.fields > .field-wide { flex-basis: 100%; max-width: none; }
.at-fields { align-self: end; flex-wrap: nowrap; }
input[type='number'] { max-width: 200px; }
.buttons { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.button {
  display: inline-flex; align-items: center; min-height: 32px; padding: 4px 12px; border: 1px solid var(--edge); border-radius: var(--radius);
  background: var(--raised); color: var(--text); text-decoration: none; cursor: pointer; font-weight: 500; white-space: nowrap;
}
.button:hover { background: var(--sunken); }
.button-main { background: var(--accent); border-color: var(--accent); color: var(--accent-text); }
.button-main:hover { background: var(--accent); filter: brightness(1.08); }
.button-danger { color: var(--bad); border-color: var(--bad); background: var(--ground); }
.button-danger:hover { background: var(--bad-soft); }
.button-small { min-height: 26px; padding: 1px 9px; font-size: 12.5px; }
.button:disabled { opacity: 0.55; cursor: default; }
summary { cursor: pointer; }
summary.button { list-style: none; width: max-content; }
summary.button::-webkit-details-marker { display: none; }
details.action[open] > summary.button { background: var(--sunken); }
.action form {
  display: grid; gap: 10px; padding: 12px; margin-top: 8px; border: 1px solid var(--line); border-radius: var(--radius);
  background: var(--raised); white-space: normal; max-width: 560px;
}
.more > summary { color: var(--accent); font-size: 13px; width: max-content; max-width: 100%; }
.more[open] > summary { margin-bottom: 8px; }
@media (max-width: 860px) {
  .fields > .field { flex-basis: calc(50% - 6px); max-width: none; }
  .fields > .field-time, .fields > .at-fields { flex-basis: 100%; }
  input:not([type='checkbox'], [type='radio'], [type='hidden']), select, .button { min-height: 40px; }
  input[type='checkbox'] { width: 22px; height: 22px; }
  .button-small { min-height: 34px; }
}
`;
