import { Ajv } from 'ajv';
import { expect, test } from 'vitest';
import { reportSchema } from '../../reports/report/schema.js';
import { fixture } from './fixture.js';
import { hostile } from './hostile.js';
import { variants } from './variants.js';

const validate = new Ajv({ allErrors: true, strict: false }).compile(reportSchema);

test.each(Object.entries({ fixture: fixture(), hostile: hostile(), ...variants() }))(
  '%s is a report that its schema accepts',
  (_, report) => {
    validate(JSON.parse(JSON.stringify(report)));
    expect(validate.errors).toBeNull();
  },
);
