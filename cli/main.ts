#!/usr/bin/env node
import { runInThread } from './thread/host.ts';

process.exitCode = await runInThread(process.argv.slice(2));
