/** What must not be seen by whoever runs the server. */
export interface Patient {
  readonly name: string
  readonly diagnosis: string
}

const PATIENTS: Readonly<Record<string, Patient>> = {
  'ada@example.org': { name: 'Ada', diagnosis: 'measles' },
  'bob@example.org': { name: 'Bob', diagnosis: 'mumps' },
}

/** The source: a table of patients. */
export function findPatient(mail: string): Patient {
  const patient = PATIENTS[mail]
  if (patient === undefined) throw new Error('there is no such patient')
  return patient
}
