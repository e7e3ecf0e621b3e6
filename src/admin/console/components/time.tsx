import { utcText } from '../words.ts';

/** A time: UTC as it is sent, local once the browser's script has seen it; UTC then stands in its title. */
export function Time({ iso, precise = false }: { readonly iso: string; readonly precise?: boolean }) {
  return (
    <time datetime={iso} title={utcText(iso, true)} data-precise={precise ? 'true' : undefined}>
      {utcText(iso, precise)}
    </time>
  );
}
