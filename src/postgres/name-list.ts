/** White space as the server's own scanner has it: a no-break space is a letter to it. */
const ITEM = /[ \t\n\r\f\v]*(?:"((?:[^"]|"")*)"|([^ \t\n\r\f\v,"][^ \t\n\r\f\v,]*))[ \t\n\r\f\v]*(,|$)/y;

/** The names of a list with commas between them, as the server splits it, or nothing where it would not. */
export function parseNames(text: string): string[] | undefined {
  const names: string[] = [];
  if (/^[ \t\n\r\f\v]*$/.test(text)) return names;
  ITEM.lastIndex = 0;
  for (let end = ','; end === ',';) {
    const match = ITEM.exec(text);
    if (match === null) return undefined;
    const [, quoted, bare, separator] = match;
    names.push(quoted === undefined ? bare.toLowerCase() : quoted.replace(/""/g, '"'));
    end = separator;
  }
  return names;
}
