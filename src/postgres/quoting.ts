/** A value in postgresql.conf: always quoted, so that no value is taken for anything else. Line breaks cannot be written there. */
export function quoteSetting(value: string): string {
  return `'${value.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
}

/** A string constant in SQL. The escape form means the same whatever `standard_conforming_strings` says. */
export function quoteLiteral(text: string): string {
  const quoted = `'${text.replace(/\\/g, '\\\\').replace(/'/g, "''")}'`;
  return text.includes('\\') ? `E${quoted}` : quoted;
}

/** An identifier in SQL: always quoted, so that no name is folded or taken for a keyword. */
export function quoteIdentifier(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}

/** A name in pg_hba.conf or pg_ident.conf: in quotes it is neither a keyword nor a list. */
export function quoteHbaName(name: string): string {
  return `"${name.replace(/"/g, '""')}"`;
}
