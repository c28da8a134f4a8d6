/** What a database asks for: its plan, what is wrong with it, and what the rest of the program makes. */
export { noAdditions } from './additions';
export { emitWarnings, errorLines, findProblems } from './findings';
export { secretsOfOperators } from './made-secrets';
export { register } from './namesakes';
export { resolvePlan } from './resolve';
export { hasBinding } from './resolve-declared';
