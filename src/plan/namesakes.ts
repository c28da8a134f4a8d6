import { Chart } from 'cdk8s';
import { IConstruct } from 'constructs';
import { secretsOfOthers } from './made-secrets';
import type { Surroundings } from './rule';

/** Anything that has a name of a database. */
interface Named extends IConstruct {
  readonly name: string;
}

/** Where the root of a program keeps its databases by namespace and name; several copies of the library use the same. */
const REGISTER = Symbol.for('cdk8s-postgres.databases');

/** The databases of one namespace by what they make: their own name, and kind and name of each object. */
interface Makers {
  readonly names: Map<string, Named[]>;
  readonly objects: Map<string, Named[]>;
}

/** What a database asks about the others, and how it tells them what it makes later. */
export interface Registration {
  /** The paths of the databases that have the same name, and the objects that those of another name, or of Secrets anybody, make too. */
  readonly surroundings: () => Surroundings;
  /** Takes kind and name of one more object. */
  readonly add: (object: string) => void;
}

/**
 * Makes a database known to the others of its namespace; a search of the whole program by every database would take a time that grows with
 * the square. Names that differ can still lead to one object, such as the Service `orders-headless`.
 *
 * @param objects kind and name of each object that the database makes
 */
export function register(database: Named, objects: readonly string[]): Registration {
  const makers = makersInNamespace(database);
  const sameName = enter(makers.names, database.name, database);
  const sameObjects = new Map<string, readonly Named[]>();
  const add = (object: string): void => {
    // two of its own objects of one name are for the rules
    if (!sameObjects.has(object)) sameObjects.set(object, enter(makers.objects, object, database));
  };
  objects.forEach(add);
  const surroundings = (): Surroundings => ({
    namesakes: othersIn(sameName, database).map(({ node }) => node.path),
    clashes: [
      ...[...sameObjects].flatMap(([object, databases]) => othersIn(databases, database)
        .filter(({ name }) => name !== database.name)
        .map(({ node }) => `${object} of ${node.path}`)),
      ...secretClashes(database, sameObjects),
    ],
  });
  return { surroundings, add };
}

/** Those with what makes a Secret beside the databases. The program is searched by those databases only that make one, which few do. */
function secretClashes(database: Named, objects: ReadonlyMap<string, unknown>): string[] {
  if (![...objects.keys()].some((object) => object.startsWith('Secret '))) return [];
  const { root } = database.node;
  const databases = new Set([...registerOf(root).values()].flatMap(({ names }) => [...names.values()].flat()));
  return secretsOfOthers(root, Chart.of(database).namespace, databases)
    .filter(({ name }) => objects.has(`Secret ${name}`))
    .map(({ name, path }) => `Secret ${name} of ${path}`);
}

function makersInNamespace(database: Named): Makers {
  const all = registerOf(database.node.root);
  const { namespace } = Chart.of(database);
  const found = all.get(namespace) ?? { names: new Map<string, Named[]>(), objects: new Map<string, Named[]>() };
  all.set(namespace, found);
  return found;
}

function registerOf(root: IConstruct & { [REGISTER]?: Map<string | undefined, Makers> }): Map<string | undefined, Makers> {
  return root[REGISTER] ??= new Map<string | undefined, Makers>();
}

/** Adds the database to those that make the same. */
function enter(makers: Map<string, Named[]>, what: string, database: Named): readonly Named[] {
  const found = makers.get(what);
  if (found) {
    found.push(database);
    return found;
  }
  const alone = [database];
  makers.set(what, alone);
  return alone;
}

function othersIn(databases: readonly Named[], database: Named): readonly Named[] {
  return databases.length === 1 ? [] : databases.filter((other) => other !== database && isInTree(other));
}

/** Whether nobody has removed it, or what it is in, from the tree. */
function isInTree({ node }: IConstruct): boolean {
  return node.scopes.every((construct) => construct.node.scope === undefined
    || construct.node.scope.node.tryFindChild(construct.node.id) === construct);
}
