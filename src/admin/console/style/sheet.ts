import { charts } from './charts.ts';
import { forms } from './forms.ts';
import { frame } from './frame.ts';
import { panels } from './panels.ts';
import { story } from './story.ts';
import { tables } from './tables.ts';
import { tokens } from './tokens.ts';

/** The whole style sheet, in the order in which its parts build on each other. */
export const styleSheet = [tokens, frame, panels, forms, tables, story, charts].join('\n');
