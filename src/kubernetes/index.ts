/** Every builder: a plan in, one manifest out. And the names that the server goes by. */
export * from './backup';
export * from './binding-secret';
export * from './certificate';
export * from './certificate-names';
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
