export type * from './contract.ts';
export { duplicatesNotedMax } from './contract.ts';
export { createLevelLog } from './level/levelLog.ts';
export type { LevelLogParams } from './level/levelLog.ts';
export { verifyLog } from './level/verify.ts';
export type { Verified } from './level/verify.ts';
export type { VerifyProgress, VerifyReport } from './level/verifyReport.ts';
