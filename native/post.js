// Runs after a job that failed or was cancelled: a gate that was killed left its run active, and it is cancelled here.
'use strict'

const { start } = require('./main.js')

// Without it the main step ended before it started anything.
const interpreter = process.env.STATE_interpreter
if (interpreter) start(interpreter, ['cleanup'])
