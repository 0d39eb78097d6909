import { linkSuite } from './link-suite.ts';
import { startMemoryNetwork } from './network.ts';

linkSuite('memory', startMemoryNetwork);
