import { readFileSync } from 'node:fs';
import path from 'node:path';
import { systemReason, userError } from '../errors.ts';
import { nearMiss } from './near-miss.ts';
import { type PropertyLine, parseProperties } from './properties.ts';
import { isServerKey, parseServerLine, type ServerLine } from './server-line.ts';
import type { SettingKey } from './setting-schema.ts';
import {
  environmentName,
  settingKeys,
  settingNamed,
  settingNames,
  settingTable,
} from './setting-table.ts';
import { foreignKey, foreignKeyNames } from './zookeeper-keys.ts';

/** A setting as somebody gave it, not yet checked. `origin` begins a sentence about it. */
export interface GivenSetting {
  readonly value: string;
  readonly origin: string;
}

export type GivenSettings = Map<SettingKey, GivenSetting>;

/** What the sources say together, the strongest source of each setting winning. */
export interface Gathered {
  readonly settings: GivenSettings;
  readonly servers: readonly ServerLine[];
  readonly warnings: readonly string[];
}

export interface SettingSources {
  readonly flags: Readonly<Partial<Record<SettingKey, string>>>;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly configFile?: string;
}

/** Reads all sources: flags win over the environment, the environment over the file. Throws UserError. */
export function gatherSettings(sources: SettingSources): Gathered {
  const warnings: string[] = [];
  const settings: GivenSettings = new Map();
  let servers: ServerLine[] = [];
  if (sources.configFile !== undefined) {
    servers = gatherFile(sources.configFile, settings, warnings);
  }
  gatherEnvironment(sources.environment, settings, warnings);
  for (const key of settingKeys) {
    const value = sources.flags[key];
    if (value !== undefined) settings.set(key, { value, origin: settingTable[key].flag });
  }
  return { settings, servers, warnings };
}

function readLines(what: string, file: string): PropertyLine[] {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw userError.fileUnreadable(what, file, systemReason(error));
  }
  return parseProperties(text, path.basename(file));
}

function gatherFile(file: string, settings: GivenSettings, warnings: string[]): ServerLine[] {
  const servers = new Map<number, ServerLine>();
  const lines = readLines('The configuration file', file);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index];
    if (line === undefined) continue;
    const name = line.key.replace(/^zookeeper\./, '');
    const key = settingNamed(name);
    if (isServerKey(name)) {
      const server = parseServerLine({ ...line, key: name });
      servers.set(server.id, server);
    } else if (key !== undefined) {
      const earlier = settings.get(key);
      if (earlier !== undefined) {
        warnings.push(
          `${line.where}: "${line.key}" was set before (${earlier.origin}); this one counts.`,
        );
      }
      settings.set(key, { value: line.value, origin: `${line.where}: ${line.key}` });
    } else if (name === 'dynamicConfigFile') {
      lines.push(...readLines('The dynamic configuration file', line.value));
    } else if (name !== 'version') {
      noteForeignKey(line, name, warnings);
    }
  }
  return [...servers.values()].sort((left, right) => left.id - right.id);
}

function noteForeignKey(line: PropertyLine, name: string, warnings: string[]): void {
  const foreign = foreignKey(name);
  if (foreign === undefined) {
    const candidates = [...settingNames(), ...foreignKeyNames(), 'server.1', 'dynamicConfigFile'];
    throw userError.settingUnknown(line.key, line.where, nearMiss(name, candidates));
  }
  if (foreign.silentValues?.includes(line.value.toLowerCase()) === true) return;
  if (foreign.refused === true) {
    throw userError.settingUnsupported(line.key, line.where, foreign.reason);
  }
  warnings.push(`${line.where}: "${line.key}" has no effect: ${foreign.reason}.`);
}

function gatherEnvironment(
  environment: SettingSources['environment'],
  settings: GivenSettings,
  warnings: string[],
): void {
  const keysByVariable = new Map(settingKeys.map((key) => [environmentName(key), key]));
  for (const [variable, value] of Object.entries(environment)) {
    if (!variable.startsWith('VIVARIUM_') || value === undefined) continue;
    const key = keysByVariable.get(variable);
    if (key !== undefined) {
      settings.set(key, { value, origin: `the environment variable ${variable}` });
      continue;
    }
    // Not an error: an orchestrator names variables after its services, VIVARIUM_PORT for one.
    const suggestion = nearMiss(variable, keysByVariable.keys());
    if (suggestion !== undefined) {
      warnings.push(
        `The environment variable ${variable} is not a setting; did you mean ${suggestion}?`,
      );
    }
  }
}
