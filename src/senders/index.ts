export { parseSenderAddresses, shippedSenderAddresses, type SenderAddressChange } from './addresses.ts';
export type {
  DocumentSource,
  Sender,
  SenderAddressBook,
  SenderAddresses,
  SenderAnswer,
  SenderCall,
  SenderPreset,
  SenderRetries,
  SenderSettingName,
  SenderSettingProblem,
  SenderSettings,
  Verified,
} from './contract.ts';
export { createSender, findSenderProblems } from './createSender.ts';
export { sendersReference } from './reference.ts';
export { senderPresets } from './registry.ts';
