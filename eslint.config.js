import tseslint from 'typescript-eslint';

// House rules as lint. The message of each ban names the replacement.
const rawGlobals = [
  {
    selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
    message: 'Take the time from a Clock (src/core/clock.ts); the raw clock lives in src/app/system.ts.',
  },
  {
    selector: "NewExpression[callee.name='Date'][arguments.length=0]",
    message: 'Take the time from a Clock (src/core/clock.ts); the raw clock lives in src/app/system.ts.',
  },
  {
    selector: "CallExpression[callee.object.name='Math'][callee.property.name='random']",
    message: 'Take chance from a Random (src/core/random.ts); the raw source lives in src/app/system.ts.',
  },
];

const processGlobals = {
  selector:
    "MemberExpression[object.name='process'][property.name=/^(env|exit|argv|exitCode|stdout|stderr|stdin)$/]",
  message: 'Only src/cli reads the environment, prints, or ends the process: take it as a parameter.',
};

export default tseslint.config(
  { ignores: ['dist/**', 'coverage/**', '.build/**', 'node_modules/**', 'src/admin/console/static/**'] },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: false, requireDefaultForNonUnion: true },
      ],
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': [
        'error',
        { allowNumber: true, allowBoolean: true },
      ],
      '@typescript-eslint/promise-function-async': 'off',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'no-console': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 70, skipBlankLines: true, skipComments: true }],
      'max-params': ['error', 4],
      complexity: ['error', 20],
    },
  },
  {
    files: ['src/**/*.ts', 'src/**/*.tsx'],
    rules: { 'no-restricted-syntax': ['error', ...rawGlobals, processGlobals] },
  },
  { files: ['src/cli/**/*.ts'], rules: { 'no-restricted-syntax': ['error', ...rawGlobals] } },
  { files: ['src/app/system.ts'], rules: { 'no-restricted-syntax': 'off' } },
  {
    files: ['test/**/*.ts'],
    rules: {
      // A describe() block is a table of contents, not a function with a flow.
      'max-lines-per-function': 'off',
      // node:test's test() and describe() return promises that the runner itself awaits.
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          allowForKnownSafeCalls: [
            { from: 'package', name: ['test', 'it', 'describe', 'suite'], package: 'node:test' },
          ],
        },
      ],
      '@typescript-eslint/no-non-null-assertion': 'off',
    },
  },
);
