// Answers, for each [version, range] of the list on standard input, what the semver in argv[2] says.
const semver = require(process.argv[2])
const options = { loose: true, includePrerelease: true }
const answers = JSON.parse(require('fs').readFileSync(0, 'utf8')).map(([version, range]) => semver.satisfies(version, range, options))
process.stdout.write(JSON.stringify(answers))
