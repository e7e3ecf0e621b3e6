export {
  compareSenderAddresses,
  mergeSenderAddresses,
  parseSenderAddresses,
  shippedSenderAddresses,
} from './addresses.ts';
export type {
  DocumentSource,
  Sender,
  SenderAddressBook,
  SenderAddressChange,
  SenderAddresses,
  SenderAnswer,
  SenderCall,
  SenderPreset,
  SenderRetries,
  SenderSettingName,
  SenderSettingProblem,
  SenderSettings,
  UnsignedPart,
  Verified,
  Verify,
  VerifyParams,
} from './contract.ts';
export { createSender, findSenderProblems, isCheckable, type SenderConfig } from './createSender.ts';
export { exampleRoute } from './exampleRoute.ts';
export { sendersReference } from './reference.ts';
export { senderPresets } from './registry.ts';
