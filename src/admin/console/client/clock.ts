/// <reference lib="dom" />
/// <reference lib="dom.iterable" />
// Times where the reader is. The server sends UTC; here it becomes local, and UTC stays in the title.

const two = (value: number) => String(value).padStart(2, '0');

/** `2026-11-24 11:31:02`, with milliseconds where asked. */
function localText(time: Date, precise: boolean): string {
  const date = `${String(time.getFullYear())}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return `${date} ${clock}${precise ? `.${String(time.getMilliseconds()).padStart(3, '0')}` : ''}`;
}

/** Turns the times below `part` into local ones; harmless when called again. */
export function showLocalTimes(part: ParentNode): void {
  for (const element of part.querySelectorAll<HTMLTimeElement>('time[datetime]:not([data-local])')) {
    const time = new Date(element.dateTime);
    if (Number.isNaN(time.getTime())) continue;
    element.textContent = localText(time, element.dataset['precise'] === 'true');
    element.dataset['local'] = '';
  }
  const zone = document.getElementById('zone');
  const name = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (zone !== null) zone.textContent = `Times are local (${name}); point at one for UTC.`;
}

/** What a field of a browser takes for a time. */
const fieldText = (time: Date) => localText(time, false).replace(' ', 'T');

/** Makes the filter's fields take local times; what is sent stays UTC, so that a link means the same everywhere. */
export function useLocalTimeFields(): void {
  const fields = [...document.querySelectorAll<HTMLInputElement>('input[data-utc]')];
  for (const field of fields) {
    const label = document.querySelector(`label[for="${field.id}"]`);
    if (label !== null) label.textContent = label.textContent.replace('(UTC)', '(local time)');
    if (field.value !== '') field.value = fieldText(new Date(`${field.value}Z`));
    field.form?.addEventListener('formdata', ({ formData }) => {
      if (field.value === '') formData.delete(field.name);
      else formData.set(field.name, new Date(field.value).toISOString().slice(0, 19));
    });
  }
}
