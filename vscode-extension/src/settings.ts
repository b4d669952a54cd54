/** The settings, read where they are used, so that a change needs nobody to pass it on. */
import * as vscode from 'vscode';
import { bytes } from './core/format';
import type { Chosen } from './core/fileStatus';
import type { Feature, Policy } from './core/yielding';

const section = 'symcache';

/** Settings of this extension; all others below `symcache.` are the server's. */
const ours = ['enable', 'path', 'yieldToOtherExtensions', 'instantSymbol', 'trace'];

/** Settings that a running server does not learn of, or reads at its start only. */
const needRestart = ['symcache.enable', 'symcache.path', 'symcache.macros'];

export interface Settings {
  enable: boolean;
  path: string;
  policy: Policy;
  preview: boolean;
  trace: 'off' | 'messages' | 'verbose';
}

export function settings(): Settings {
  const config = vscode.workspace.getConfiguration(section);
  return {
    enable: config.get('enable', true),
    path: config.get('path', '').trim(),
    policy: config.get<Policy>('yieldToOtherExtensions', 'auto'),
    preview: config.get('instantSymbol.preview', true),
    trace: config.get('trace.server', 'off'),
  };
}

/**
 * isOff reports whether a feature is switched off for a language, as in
 * `"[python]": { "symcache.features": { "hover": false } }`. The server knows what is off for all languages.
 */
export function isOff(feature: Feature, scope: vscode.ConfigurationScope): boolean {
  const features = vscode.workspace.getConfiguration(section, scope).get<Partial<Record<Feature, boolean>>>('features');
  return features?.[feature] === false;
}

/** chosen is what the settings say that decides about files, for all languages. */
export function chosen(): Chosen {
  const config = vscode.workspace.getConfiguration(section);
  const off = (name: string) =>
    Object.entries(config.get<Record<string, unknown>>(name) ?? {}).filter(([, on]) => on === false).map(([key]) => key);
  const strings = (name: string) => {
    const value = config.get<unknown>(name);
    return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
  };
  const size = config.get<unknown>('maxFileSize');
  return {
    policy: settings().policy,
    languagesOff: off('languages'),
    featuresOff: off('features'),
    exclude: strings('exclude'),
    include: strings('include'),
    maxFileSize: typeof size === 'number' ? bytes(size) : typeof size === 'string' ? size : '2 MiB',
  };
}

/** serverSettings returns what the server is started with: what somebody has set. It knows its defaults itself. */
export function serverSettings(): Record<string, unknown> {
  const config = vscode.workspace.getConfiguration(section);
  const set: Record<string, unknown> = {};
  for (const name of serverSettingNames()) {
    const value = config.inspect(name);
    const given = value?.workspaceFolderValue ?? value?.workspaceValue ?? value?.globalValue;
    if (given !== undefined) {
      set[name] = config.get(name);
    }
  }
  return set;
}

/** affectsServer reports whether a change makes another server, or another answer to serverSettings. */
export function affectsServer(event: vscode.ConfigurationChangeEvent): 'restart' | 'settings' | 'no' {
  if (needRestart.some(name => event.affectsConfiguration(name))) {
    return 'restart';
  }
  return serverSettingNames().some(name => event.affectsConfiguration(`${section}.${name}`)) ? 'settings' : 'no';
}

/** serverSettingNames are those of the manifest that are not ours. */
function serverSettingNames(): string[] {
  const manifest = vscode.extensions.getExtension('symcache.symcache')?.packageJSON as Manifest | undefined;
  return Object.keys(manifest?.contributes.configuration.properties ?? {})
    .map(name => name.slice(section.length + 1))
    .filter(name => !ours.includes(name.split('.')[0] ?? ''));
}

interface Manifest {
  contributes: { configuration: { properties: Record<string, unknown> } };
}
