// `npm run generate`: writes every generated file of the repository anew, below the working directory.
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { generatedFiles } from './generatedFiles.ts';

for (const [path, text] of generatedFiles()) writeFileSync(resolve(path), text);
