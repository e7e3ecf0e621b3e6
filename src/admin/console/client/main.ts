// What the console's pages do in the browser, beyond links and forms. Everything here may be missing: pages still work.
import { showCharts } from './charts.ts';
import { showLocalTimes, useLocalTimeFields } from './clock.ts';
import { offerCopying } from './copying.ts';
import { followSwaps } from './swaps.ts';
import { useKeyboard } from './keyboard.ts';
import { followChanges } from './live.ts';
import { countSelected } from './selection.ts';

showLocalTimes(document.body);
useLocalTimeFields();
offerCopying();
useKeyboard();
countSelected();
followSwaps();
followChanges();
showCharts();
