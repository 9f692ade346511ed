// Runs the gate without a container: finds Python, installs the locked requirements of this checkout into an
// environment under RUNNER_TEMP, and starts the gate with the inputs of the step.
'use strict'

const { spawn, spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const ROOT = path.dirname(__dirname)
const LOCK = path.join(ROOT, 'requirements.lock')
const IS_WINDOWS = process.platform === 'win32'
const CHECK = `
import sys, venv
from importlib.util import find_spec
has_pip = find_spec("pip") is not None
if sys.version_info < (3, 11) or not (has_pip or find_spec("ensurepip")): sys.exit(1)
print(sys.executable, has_pip, sep="\\n")
`
const LAUNCH =
  'import sys; sys.path.append(sys.argv.pop(1)); from probe_gate.container import start; sys.exit(start())'
const NO_PYTHON =
  'Python 3.11 or newer with venv and pip was not found. Add a step with actions/setup-python before this one, or ' +
  'install it on the runner (Debian and Ubuntu: python3-venv). Nothing was started.'

// Setting up needs no secrets.
const SETUP_ENV = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(INPUT_|SPLX|ACTIONS_)/i.test(name)))

/** Return the commands that may start Python: those on PATH, then the versions in the runner's tool cache, newest first. */
function candidates(env = process.env) {
  const onPath = IS_WINDOWS ? [['python'], ['py', '-3']] : ['', '.14', '.13', '.12', '.11'].map((minor) => [`python3${minor}`])
  const cache = path.join(env.RUNNER_TOOL_CACHE || '', 'Python')
  const versions = env.RUNNER_TOOL_CACHE && fs.existsSync(cache) ? fs.readdirSync(cache) : []
  versions.sort((a, b) => b.localeCompare(a, 'en', { numeric: true }))
  const program = IS_WINDOWS ? 'python.exe' : path.join('bin', 'python3')
  return [...onPath, ...versions.map((version) => [path.join(cache, version, os.arch(), program)])]
}

/** Return path and hasPip of the first Python that will do, or undefined. */
function findPython() {
  for (const [program, ...words] of candidates()) {
    // Windows looks for programs in the working directory first, which is the checkout of the change under test.
    const options = { cwd: __dirname, env: SETUP_ENV, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }
    const found = spawnSync(program, [...words, '-I', '-c', CHECK], options)
    if (found.status !== 0) continue
    const [executable, hasPip] = found.stdout.split(/\r?\n/)
    return { path: executable, hasPip: hasPip === 'True' }
  }
}

/** Return the interpreter of an environment with the locked requirements. A later step of the job uses it again. */
function makeEnvironment(python) {
  const key = createHash('sha256').update(python.path).update(fs.readFileSync(LOCK)).digest('hex').slice(0, 16)
  const directory = path.join(process.env.RUNNER_TEMP || os.tmpdir(), `probe-gate-${key}`)
  const interpreter = path.join(directory, ...(IS_WINDOWS ? ['Scripts', 'python.exe'] : ['bin', 'python']))
  const complete = path.join(directory, 'complete')
  if (fs.existsSync(complete)) return interpreter
  fs.rmSync(directory, { recursive: true, force: true })
  // The Python's own pip saves the seconds that it takes to install another one.
  const venv = ['-m', 'venv', ...(python.hasPip ? ['--without-pip'] : []), directory]
  const pip = python.hasPip ? [python.path, '-I', '-m', 'pip', '--python', interpreter] : [interpreter, '-I', '-m', 'pip']
  const locked = ['--require-hashes', '--only-binary', ':all:', '--requirement', LOCK]
  const install = ['install', '--quiet', '--no-input', '--no-compile', '--disable-pip-version-check', ...locked]
  for (const [program, ...words] of [[python.path, '-I', ...venv], [...pip, ...install]]) {
    const done = spawnSync(program, words, { env: SETUP_ENV, stdio: ['ignore', 'inherit', 'inherit'] })
    if (done.status !== 0) return undefined
  }
  fs.writeFileSync(complete, '')
  return interpreter
}

/** Start the gate, pass signals on to it, and end with its exit code. */
function start(interpreter, words) {
  // -I: neither the checkout nor PYTHONPATH can bring modules in. -X utf8: the log is UTF-8 on Windows, too.
  const launch = ['-I', '-u', '-X', 'utf8', '-c', LAUNCH, path.join(ROOT, 'src')]
  const gate = spawn(interpreter, [...launch, ...words], { stdio: ['ignore', 'inherit', 'inherit'] })
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
  const python = findPython()
  if (!python) return fail(NO_PYTHON)
  const interpreter = makeEnvironment(python)
  if (!interpreter) return fail(`The requirements of the gate could not be installed with ${python.path}. Nothing was started.`)
  if (process.env.GITHUB_STATE) fs.appendFileSync(process.env.GITHUB_STATE, `interpreter=${interpreter}${os.EOL}`)
  start(interpreter, [process.env.INPUT_COMMAND || 'run'])
}

module.exports = { candidates, start }
if (require.main === module) main()
