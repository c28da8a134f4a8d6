/** How grave a finding is. */
export enum FindingSeverity {
  /** Nothing is synthesized. */
  ERROR = 'error',
  /** Synthesis goes on; the process prints a warning. */
  WARNING = 'warning',
}

/** Something about the program that its author should know. All findings are listed in `docs/findings.md`. */
export interface Finding {
  /** Stable code, `PG` and four digits. Codes are never reused. */
  readonly code: string;

  /** How grave it is. */
  readonly severity: FindingSeverity;

  /** The prop, as the program writes it. */
  readonly prop: string;

  /** What is wrong, the value, what is allowed and what to do. */
  readonly message: string;
}
