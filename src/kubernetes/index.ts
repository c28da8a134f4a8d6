/** Every builder: a plan in, one manifest out. */
export * from './backup';
export * from './config-maps';
export * from './credentials-secret';
export * from './service-account';
export * from './services';
export * from './stateful-set';
