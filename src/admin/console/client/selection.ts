/// <reference lib="dom" />
/// <reference lib="dom.iterable" />

/** Says on its button how many rows are selected. */
export function countSelected(): void {
  const form = document.getElementById('selection');
  const label = form?.querySelector('[data-selected]');
  if (form === null || label === null || label === undefined) return;
  const show = () => {
    const count = form.querySelectorAll('input[name="id"]:checked').length;
    label.textContent = count === 0 ? '' : `: ${String(count)}`;
  };
  form.addEventListener('change', show);
  show();
}
