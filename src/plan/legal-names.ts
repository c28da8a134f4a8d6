/** More pods would be asked for by nobody, and the reserve of the settings is made for these. */
export const MOST_PODS = 9;

/** What Kubernetes accepts as names, keys and values. */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const QUALIFIED_NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;

/** A name of an object. */
export function isObjectName(name: string): boolean {
  return name.length <= 253 && SUBDOMAIN.test(name);
}

/** A name of a namespace, a container or a volume, and each part of a name in DNS. */
export function isDnsLabel(name: string): boolean {
  return /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(name);
}

/** A number of a TCP port. */
export function isPort(port: number): boolean {
  return Number.isInteger(port) && port >= 1 && port <= 65535;
}

/** How many pods a database can have. */
export function isNumberOfPods(count: number): boolean {
  return Number.isInteger(count) && count >= 1 && count <= MOST_PODS;
}

/** A number of one of so many pods. */
export function isOrdinal(ordinal: number, instances: number): boolean {
  return Number.isInteger(ordinal) && ordinal >= 0 && ordinal < instances;
}

/** A key in a Secret or ConfigMap. */
export function isDataKey(key: string): boolean {
  return /^[-._a-zA-Z0-9]{1,253}$/.test(key) && key !== '.' && !key.startsWith('..');
}

/** A key of a label, an annotation or a taint: a name behind an optional domain and a slash. */
export function isLabelKey(key: string): boolean {
  const [name, domain, ...others] = key.split('/').reverse();
  return others.length === 0 && QUALIFIED_NAME.test(name) && (domain === undefined || isObjectName(domain));
}

/** A value of a label or a taint. */
export function isLabelValue(value: string): boolean {
  return value === '' || QUALIFIED_NAME.test(value);
}
