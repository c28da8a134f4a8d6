/** Every builder: a plan in, one manifest out. */
export * from './backup';
export * from './binding-secret';
export * from './certificate';
export * from './config-maps';
export * from './credentials-secret';
export * from './external-secret';
export * from './external-service';
export * from './network-policies';
export * from './pod-disruption-budget';
export * from './restore';
export * from './service-account';
export * from './services';
export * from './stateful-set';
