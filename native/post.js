// Runs at the end of every job: cancels the run that a killed gate left active.
'use strict'

const { start } = require('./main.js')

// Without it the main step ended before it started anything.
const interpreter = process.env.STATE_interpreter
if (interpreter) start(interpreter, ['cleanup'])
