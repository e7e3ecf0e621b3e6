import { openLevel } from './levelEngine.ts';
import { describeLogContract } from './logContract.ts';

describeLogContract('level', openLevel);
