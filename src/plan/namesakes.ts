import { Chart } from 'cdk8s';
import { IConstruct } from 'constructs';

/** Anything that has a name of a database. */
interface Named extends IConstruct {
  readonly name: string;
}

/** Where the root of a program keeps its databases by namespace and name; several copies of the library use the same. */
const REGISTER = Symbol.for('cdk8s-postgres.databases');

type Register = Map<string, Named[]>;

/**
 * Makes a database known to its namesakes; a search of the whole program by every database would take a time that grows with the square.
 *
 * @returns tells the paths of the other databases of the program that would get the same objects, whenever it is asked
 */
export function register(database: Named): () => string[] {
  const sameName = databasesNamedLike(database);
  sameName.push(database);
  return () => sameName.filter((other) => other !== database && isInTree(other)).map((other) => other.node.path);
}

function databasesNamedLike(database: Named): Named[] {
  const root = database.node.root as IConstruct & { [REGISTER]?: Register };
  const all = root[REGISTER] ??= new Map<string, Named[]>();
  const key = JSON.stringify([Chart.of(database).namespace, database.name]);
  const found = all.get(key) ?? [];
  all.set(key, found);
  return found;
}

/** Whether nobody has removed it, or what it is in, from the tree. */
function isInTree({ node }: IConstruct): boolean {
  return node.scopes.every((construct) => construct.node.scope === undefined
    || construct.node.scope.node.tryFindChild(construct.node.id) === construct);
}
