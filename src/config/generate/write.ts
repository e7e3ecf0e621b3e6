// A program: writes the generated files below the working directory, which must be the repository's root.
//   node dist/src/config/generate/write.js
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generatedFiles } from './files.ts';

for (const [path, text] of generatedFiles()) writeFileSync(resolve(path), text);
