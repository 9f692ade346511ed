// Runs the gate without a container: finds Python, has environment.py install the locked requirements, and starts the
// gate of this checkout with the inputs of the step.
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const IS_WINDOWS = process.platform === 'win32'
const SOURCES = path.join(path.dirname(__dirname), 'src')
// -I: neither the checkout of the change under test nor PYTHONPATH can bring modules in. -X utf8: UTF-8 on Windows as well.
const FLAGS = ['-I', '-u', '-X', 'utf8']
const CHECK = `import sys; assert sys.version_info >= (3, 11)
import venv; from importlib.util import find_spec; assert find_spec("pip") or find_spec("ensurepip")`
const LAUNCH = 'import sys; sys.path.append(sys.argv.pop(1)); from probe_gate.container import start; sys.exit(start())'
const NO_PYTHON =
  'Python 3.11 or newer with venv and pip was not found. Add a step with actions/setup-python before this one, or ' +
  'install it on the runner (Debian and Ubuntu: python3-venv). Nothing was started.'

/** Return the programs that may be Python: those on PATH, then the versions in the runner's tool cache, newest first. */
function candidates() {
  const onPath = IS_WINDOWS ? ['python', 'py'] : ['', '.14', '.13', '.12', '.11'].map((minor) => `python3${minor}`)
  const cache = path.join(process.env.RUNNER_TOOL_CACHE || '', 'Python')
  const versions = process.env.RUNNER_TOOL_CACHE && fs.existsSync(cache) ? fs.readdirSync(cache) : []
  versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const program = IS_WINDOWS ? 'python.exe' : 'bin/python3'
  return [...onPath, ...versions.map((version) => path.join(cache, version, os.arch(), program))]
}

/** Run Python for the setup, which needs no secrets, and return its output, or undefined if it failed. */
function setUp(python, words, errors) {
  // pip starts a Python that is not isolated. Where it installs is known, whatever is configured.
  const withheld = /^(INPUT_|SPLX|PROBE_|ACTIONS_|PYTHON|PIP_(TARGET|PREFIX|ROOT)$)/i
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !withheld.test(name)))
  // Windows looks for programs in the working directory first, which is the checkout of the change under test.
  const options = { cwd: __dirname, env: { ...env, PIP_USER: '0' }, stdio: ['ignore', 'pipe', errors], encoding: 'utf8' }
  const done = spawnSync(python, [...FLAGS, ...words], options)
  return done.status === 0 ? done.stdout : undefined
}

/** Start the gate, pass signals on to it, and end with its exit code. */
function start(interpreter, words) {
  const gate = spawn(interpreter, [...FLAGS, '-c', LAUNCH, SOURCES, ...words], { stdio: ['ignore', 'inherit', 'inherit'] })
  for (const name of IS_WINDOWS ? ['SIGINT', 'SIGBREAK'] : ['SIGINT', 'SIGTERM']) {
    // On Windows Ctrl-C and Ctrl-Break reach every process of the console; `kill` would end the gate at once.
    process.on(name, () => IS_WINDOWS || gate.kill(name))
  }
  gate.on('error', (error) => fail(`The gate could not be started: ${error.message}.`))
  gate.on('exit', (code, signal) => process.exit(signal ? 128 + os.constants.signals[signal] : code))
}

function fail(message) {
  console.log(`::error title=Probe gate::${message}`)
  process.exit(2)
}

function main() {
  const python = candidates().find((program) => setUp(program, ['-c', CHECK], 'ignore') !== undefined) ?? fail(NO_PYTHON)
  const interpreter =
    setUp(python, [path.join(__dirname, 'environment.py')], 'inherit')?.trim() ||
    fail(`The requirements of the gate could not be installed with ${python}. Nothing was started.`)
  if (process.env.GITHUB_STATE) fs.appendFileSync(process.env.GITHUB_STATE, `interpreter=${interpreter}${os.EOL}`)
  start(interpreter, [process.env.INPUT_COMMAND || 'run'])
}

module.exports = { start }
if (require.main === module) main()
