import { refusal } from '../../checker/option-checks.ts';

/** Where metrics are served. */
export interface MetricsAddress {
  readonly host: string;
  readonly port: number;
}

/** `:9464`, `9464`, `0.0.0.0:9464`, `[::1]:9464`; without a host it is the loopback's. */
export function metricsAddress(text: string): MetricsAddress {
  const [all, host = '', digits = ''] = /^(?:(\[[^\]]+\]|[^:]*):)?(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (all === undefined || port > 65_535)
    throw refusal(
      `--metrics ${text} cannot be used`,
      '--metrics',
      text || 'an empty text',
      'a port or HOST:PORT',
      'give one, such as :9464',
    );
  return { host: host.replace(/^\[|\]$/g, '') || '127.0.0.1', port };
}
