import { linkSuite } from './link-suite.ts';
import { startNatsNetwork } from './network.ts';

linkSuite('nats', startNatsNetwork);
