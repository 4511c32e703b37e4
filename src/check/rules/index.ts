import type { Rule } from '../rule.ts';
import { annotations } from './annotations.ts';
import { audit } from './audit.ts';
import { blastRadius } from './blast-radius.ts';
import { count } from './count.ts';
import { deadlines } from './deadlines.ts';
import { description } from './description.ts';
import { errorClasses } from './error-classes.ts';
import { finished } from './finished.ts';
import { headerSecrets } from './header-secrets.ts';
import { hiddenText } from './hidden-text.ts';
import { hints } from './hints.ts';
import { idempotency } from './idempotency.ts';
import { indexes } from './indexes.ts';
import { limits } from './limits.ts';
import { lookalikes } from './lookalikes.ts';
import { name } from './name.ts';
import { oauth } from './oauth.ts';
import { platform } from './platform.ts';
import { providerNeutral } from './provider-neutral.ts';
import { redirects } from './redirects.ts';
import { semanticValidation } from './semantic-validation.ts';
import { statedBounds } from './stated-bounds.ts';
import { strictSchemas } from './strict-schemas.ts';
import { tenants } from './tenants.ts';
import { traces } from './traces.ts';
import { versioning } from './versioning.ts';

/** Every rule, in the order they are shown. */
export const rules: readonly Rule[] = [
  oauth,
  redirects,
  strictSchemas,
  semanticValidation,
  limits,
  idempotency,
  errorClasses,
  audit,
  traces,
  tenants,
  versioning,
  blastRadius,
  description,
  name,
  lookalikes,
  count,
  annotations,
  deadlines,
  hints,
  statedBounds,
  hiddenText,
  headerSecrets,
  providerNeutral,
  finished,
  platform,
  indexes,
];
