/** `npm run requirements-page`: writes docs/requirements.md from the requirements and the checks. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { requirementsPage } from './requirements-page.ts';

writeFileSync(fileURLToPath(new URL('../../../docs/requirements.md', import.meta.url)), requirementsPage());
