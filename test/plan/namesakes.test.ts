import { App, Chart } from 'cdk8s';
import { Construct } from 'constructs';
import { register, Registration } from '../../src/plan/namesakes';

class Named extends Construct {
  private readonly registration: Registration;

  public constructor(scope: Construct, id: string, public readonly name: string, objects: readonly string[] = []) {
    super(scope, id);
    this.registration = register(this, objects);
  }

  public namesakes(): readonly string[] {
    return this.registration.surroundings().namesakes;
  }

  public clashes(): readonly string[] {
    return this.registration.surroundings().clashes;
  }

  public add(object: string): void {
    this.registration.add(object);
  }
}

test('databases of one name in one namespace are namesakes, in whatever charts they are', () => {
  const app = new App();
  const [first, second] = ['first', 'second'].map((id) => new Named(new Chart(app, id, { namespace: 'shop' }), 'db', 'orders'));
  expect(first.namesakes()).toEqual(['second/db']);
  expect(second.namesakes()).toEqual(['first/db']);
});

test('no namespace is a namespace like another', () => {
  const app = new App();
  const [first] = ['first', 'second'].map((id) => new Named(new Chart(app, id), 'db', 'orders'));
  expect(first.namesakes()).toEqual(['second/db']);
});

test('another name, another namespace and another program make no namesakes', () => {
  const app = new App();
  const shop = new Chart(app, 'shop', { namespace: 'shop' });
  const database = new Named(shop, 'db', 'orders');
  new Named(shop, 'other-name', 'customers');
  new Named(new Chart(app, 'other-namespace', { namespace: 'billing' }), 'db', 'orders');
  new Named(new Chart(app, 'no-namespace'), 'db', 'orders');
  new Named(new Chart(new App(), 'other-program', { namespace: 'shop' }), 'db', 'orders');
  expect(database.namesakes()).toEqual([]);
});

test('one object of two databases clashes, but not where their names are equal anyway', () => {
  const shop = new Chart(new App(), 'shop', { namespace: 'shop' });
  const databases = ['orders', 'orders-headless', 'orders'].map((name, index) =>
    new Named(shop, `${name}-${index}`, name, [`Service ${name}`, `Service ${name}-headless`]));
  expect(databases.map((database) => database.clashes())).toEqual([
    ['Service orders-headless of shop/orders-headless-1'],
    ['Service orders-headless of shop/orders-0', 'Service orders-headless of shop/orders-2'],
    ['Service orders-headless of shop/orders-headless-1'],
  ]);
});

test('what a database makes later clashes too, told once however often it is added', () => {
  const shop = new Chart(new App(), 'shop', { namespace: 'shop' });
  const [first, second] = ['orders', 'orders-b'].map((name) => new Named(shop, name, name));
  for (const database of [first, first, second]) database.add('Secret orders-b-reports');
  expect(first.clashes()).toEqual(['Secret orders-b-reports of shop/orders-b']);
  expect(second.clashes()).toEqual(['Secret orders-b-reports of shop/orders']);
});

test('what was removed from the tree, itself or with its chart, is no namesake any more', () => {
  const app = new App();
  const shop = new Chart(app, 'shop', { namespace: 'shop' });
  const database = new Named(shop, 'db', 'orders');
  new Named(shop, 'removed', 'orders');
  new Named(new Chart(app, 'removed-chart', { namespace: 'shop' }), 'db', 'orders');
  expect(database.namesakes()).toEqual(['shop/removed', 'removed-chart/db']);
  shop.node.tryRemoveChild('removed');
  app.node.tryRemoveChild('removed-chart');
  expect(database.namesakes()).toEqual([]);
});
