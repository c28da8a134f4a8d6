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
  const sameName = enter(database, database.name);
  return () => othersIn(sameName, database).map((other) => other.node.path);
}

/**
 * Makes the objects of a database known: names that differ can still lead to one object, such as the Service `orders-headless`.
 *
 * @param objects kind and name of each object
 * @returns tells which of them databases of another name make too, whenever it is asked
 */
export function registerObjects(database: Named, objects: readonly string[]): () => string[] {
  const makers = objects.map((object) => ({ object, databases: enter(database, 'object', object) }));
  return () => makers.flatMap(({ object, databases }) => othersIn(databases, database)
    .filter(({ name }) => name !== database.name)
    .map(({ node }) => `${object} of ${node.path}`));
}

/** Adds the database to those of its namespace that have the same key. */
function enter(database: Named, ...key: readonly string[]): readonly Named[] {
  const root = database.node.root as IConstruct & { [REGISTER]?: Register };
  const all = root[REGISTER] ??= new Map<string, Named[]>();
  const inNamespace = JSON.stringify([Chart.of(database).namespace, ...key]);
  const found = all.get(inNamespace) ?? [];
  all.set(inNamespace, found);
  found.push(database);
  return found;
}

function othersIn(databases: readonly Named[], database: Named): Named[] {
  return databases.filter((other) => other !== database && isInTree(other));
}

/** Whether nobody has removed it, or what it is in, from the tree. */
function isInTree({ node }: IConstruct): boolean {
  return node.scopes.every((construct) => construct.node.scope === undefined
    || construct.node.scope.node.tryFindChild(construct.node.id) === construct);
}
