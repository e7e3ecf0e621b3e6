// The suite against the model: shows that the suite can be met, and that the model, which the engines are held against
// in logModel.test.ts, keeps the contract itself.
import { ModelLog } from '../support/logModel.ts';
import type { OpenEngine } from './engine.ts';
import { describeLogBehaviour } from './logContract.ts';

const openModel: OpenEngine = () => {
  const log = new ModelLog();
  const restart = () => {
    log.restart();
    return Promise.resolve();
  };
  return Promise.resolve({ log: () => log, reopen: restart, crash: restart, dispose: () => log.stop() });
};

describeLogBehaviour('the model', openModel);
