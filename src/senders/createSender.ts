// From a route's configuration to a check that is ready, by way of everything that can be wrong with it.
import { HookwardError } from '../core/errors.ts';
import type { SenderName } from '../core/senders.ts';
import type {
  Sender,
  SenderPreset,
  SenderSettingName,
  SenderSettingProblem,
  SenderSettings,
  VerifyParams,
} from './contract.ts';
import { senderPresets } from './registry.ts';

/** What of a route its sender's preset is held against. */
export interface SenderConfig {
  readonly secrets: readonly string[];
  readonly settings: SenderSettings;
  /** Null: none is configured. */
  readonly publicUrl: string | null;
  readonly verify: 'enforce' | 'report';
}

const isBlank = (value: unknown) => typeof value === 'string' && value.trim() === '';

function secretProblems(
  { title, secret }: SenderPreset,
  secrets: readonly string[],
): readonly SenderSettingProblem[] {
  if (secret === null && secrets.length > 0)
    return [{ at: ['secrets'], message: `${title} takes no secrets: leave them out` }];
  return secrets.flatMap((given, index): SenderSettingProblem[] =>
    isBlank(given) ? [{ at: ['secrets', index], message: 'is empty: anybody could sign with it' }] : [],
  );
}

function settingProblems(
  { title, settings: known }: SenderPreset,
  settings: SenderSettings,
): readonly SenderSettingProblem[] {
  const given = Object.entries(settings).filter(([, value]) => value !== undefined);
  const names: readonly string[] = [...known.required, ...known.optional];
  const strangers = given
    .filter(([name]) => !names.includes(name))
    .map(([name]): SenderSettingProblem => {
      return { at: ['senderSettings', name as SenderSettingName], message: `is no setting of ${title}` };
    });
  const missing = known.required
    .filter((name) => settings[name] === undefined || isBlank(settings[name]))
    .map((name): SenderSettingProblem => {
      return { at: ['senderSettings', name], message: `is needed for ${title}` };
    });
  const blankKeys = settings.payoutKeys?.some(isBlank) === true;
  const blank: SenderSettingProblem = {
    at: ['senderSettings', 'payoutKeys'],
    message: 'holds an empty key: anybody could sign with it',
  };
  return [...strangers, ...missing, ...(blankKeys ? [blank] : [])];
}

const placeOf = ({ at }: SenderSettingProblem) => at.join('.');

/** All that is wrong with what is given; of one place only what was found first. */
function givenProblems(
  preset: SenderPreset,
  { secrets, settings }: Pick<VerifyParams, 'secrets' | 'settings'>,
): readonly SenderSettingProblem[] {
  const found = [
    ...secretProblems(preset, secrets),
    ...settingProblems(preset, settings),
    ...(preset.check?.({ secrets, settings }) ?? []),
  ];
  return found.filter(
    (problem, index) => found.findIndex((other) => placeOf(other) === placeOf(problem)) === index,
  );
}

/** Whether there is anything to check calls with. Without, a route that only reports lets them in as `unchecked`. */
export function isCheckable(name: SenderName, { secrets }: { readonly secrets: readonly string[] }): boolean {
  return senderPresets[name].secret === null || secrets.length > 0;
}

/** What keeps a route from being used with a sender; empty where nothing does. */
export function findSenderProblems(name: SenderName, config: SenderConfig): readonly SenderSettingProblem[] {
  const preset = senderPresets[name];
  const { title, secret } = preset;
  const { settings, publicUrl, verify } = config;
  const problems = [...givenProblems(preset, config)];
  const isChecked = isCheckable(name, config);
  if (!isChecked && verify === 'enforce')
    problems.push({ at: ['secrets'], message: `${title} needs one: ${secret ?? ''}` });
  if (isChecked && publicUrl === null && (preset.readsUrl?.(settings) ?? preset.signsUrl))
    problems.push({ at: ['sender'], message: `${title} signs the public URL: set \`publicUrl\`` });
  return problems;
}

/**
 * Makes a preset ready for one route. Where there is nothing to check with, no call is ever taken for the sender's.
 *
 * @throws HookwardError `config-invalid` for secrets or settings that the preset cannot use.
 */
export function createSender(name: SenderName, params: VerifyParams): Sender {
  const preset = senderPresets[name];
  const [problem] = givenProblems(preset, params);
  if (problem !== undefined)
    throw new HookwardError('config-invalid', { message: `${placeOf(problem)}: ${problem.message}` });
  const verify = isCheckable(name, params) ? preset.verifier(params) : () => 'sender-unverifiable' as const;
  return { preset, verify };
}
