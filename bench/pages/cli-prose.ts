/** What docs/cli.md says that no flag's help has room for, by command. */
const prose: Readonly<Record<string, string>> = {
  all: `Each command is \`npx shim-spec COMMAND\`; \`--help\` behind one prints what is here.

- **Before a search begins**, whatever can be refused is refused: an unknown name, a number out of range, an \`--output\` or \`--checkpoint\` that cannot be written, flags that do not go together. A message says what was got, what is allowed and what to do.
- **Ctrl-C or SIGTERM** makes a command stop and print what it has found, with exit code 20 (\`conform\` and \`validate\`: 31, or the code of what was broken so far). Text and JSON say so; JSON has \`"interrupted": true\`. The second one ends the process at once.
- **On a terminal** a line on standard error says every second what happens and since when. A pipe or a file gets the result on standard output and errors on standard error, nothing else.
- **Where nobody reads the output any more**, as behind \`| head -1\`, a command ends quietly, with exit code 141.
- \`--output FILE\` replaces the file whole, once the result is there.`,

  check: `\`--show all\`, \`--show none\` or \`--show "an init's exit is the last of its container"\` choose which traces are printed; the default is a shortest one. A verdict is *holds* only after a complete search, and always for the bound that is printed; whatever cuts a search short makes the rest *unknown*.

- **\`--workers\`**: the verdicts, counts and traces are the same for any number ([how](decisions/0008-blocks-of-states-for-several-threads.md)).
- **\`--checkpoint\`**: Ctrl-C, \`--timeout\` and \`--memory\` save the search once more, so that nothing is lost. A file that is damaged, or was written by a different search or another version of the code, is refused and left as it is. The file is removed when the search is over.
- **\`--reduce symmetry\`** looks at fewer states for the same verdicts, with one thread ([how, and why that is sound](decisions/0004-reductions.md)). **\`--reduce unread\`** drops variables that are never read.
- **\`--engine symbolic\`** does not list states but writes sets of them as decision diagrams ([how](decisions/0010-sets-of-states-as-diagrams.md)): for several containers, whose states multiply. It is exact; its counterexamples need not be shortest, but with \`--shortest\`.
- **\`--coverage\`** finds guards that never failed and branches that were never taken.
- **\`--format json|junit|sarif|itf\`** writes the same facts for other tools; \`itf\` has one trace.`,

  causes: `Each set of options is judged for each rule, and most sets follow from others ([how, and why that is sound](decisions/0012-more-options-are-more-runs.md)). Sets with \`shared-pid-namespace\` and sets without it are judged apart. \`--max-states\`, \`--timeout\` and \`--memory\` are of each search; what they leave open is *unknown*. A broken rule is an answer, so it does not change the exit code. \`--format json\` has each counterexample; \`--format svg\` is a picture of all causes.

A shard that Ctrl-C or SIGTERM ends writes no file: run it again, with \`--cache\` from where it was ([how to divide a sweep](guides/8-sweep-on-many-machines.md)).`,

  replay: `\`check\` prints the whole command under each counterexample. \`--trace\` takes a report of \`check --format json --output report.json\` in place of \`--choices\`. \`--picture svg\` draws the arrows of what had to happen before what.

\`--as go --output race_test.go\` writes a Go test that brings the trace about on a real shim. It asks the first rule of the trace that a tester can force, or the one that \`--property\` names. Where each takes luck the exit code is 150 and no file is written; \`> race_test.go\` would leave an empty one. The head of the file says how to run it ([guide](guides/3-test-your-shim.md#5-run-a-counterexample-as-a-go-test)).`,

  drift: `Each step of a revision cites lines of containerd; the functions that have these lines are on record with a hash of their code, comments left out. Exit code 22 says that some are not the same: read the steps of each function beside its new code. Where the code still does what the steps say, correct the lines; where it does not, change the revision ([how](guides/2-write-a-revision.md)). Of containerd 2.3.0:

\`\`\`text
service.Create is changed
  was      cmd/containerd-shim-runc-v2/task/service.go:223-288
  is       cmd/containerd-shim-runc-v2/task/service.go:223-289
  steps    ShimSubscribes, ShimCleansUp, ShimStoresContainer, ShimPublishesCreate, ShimReplies, RuncReturns, RuncFails, RuncCrashes

1 of the 14 functions that main mirrors, read at 301026e58c61, is not the same here: read its steps again
\`\`\`

A checkout has a line \`history\`, too: the command that shows what changed the function. Where another revision is closer to the code, as \`running-execs\` is to 1.6.36, the last line names it. The folder of a release is what \`go mod download -json github.com/containerd/containerd/v2@v2.4.2\` prints as \`Dir\`.`,

  live: `A deadlock or a livelock is shown as a way to a cycle. Fairness is weak: what stays enabled happens. Go's mutexes are fairer than that, so a cycle in which a thread waits for a lock that is free now and then is no run of Go.`,

  prove: `[What is shown, and what is not](decisions/0009-beyond-the-bound.md).`,

  simulate: `It finds violations, says which actions were never taken, and proves nothing: it never exits with 0.`,

  conform: `It starts the shim as containerd would, with an events server of its own, and drives it over ttrpc. It needs root, runc and a static busybox, and no containerd. It starts the shim once before anything is judged: a shim that does not come up ends with 153. It asks the shim which version of the Task service it speaks.

\`--from\` conforms only where the schedule of the counterexample leaves a shim with the defect no other outcome, and the shim followed all of it. \`--seed\` and \`--path\` repeat generated schedules, which a failure prints. A process of its own removes every process, container, cgroup, mount, socket and folder, however the tester ends. [The guide](guides/3-test-your-shim.md) has more.`,

  validate: `A log that begins in the middle, ends early, or holds other topics is normal; what could not be judged is said. The file may be the record that the reference shim writes with \`SHIM_SPEC_RECORD\`. [The guide](guides/4-judge-a-log.md) has more.`,

  explore: `The page runs the checker in the browser: check, click a cell, step through, walk by hand. Ctrl-C ends it.`,

  'exit codes': `A violation counts even where a limit has cut the search short. With \`check --all\` the code is that of the gravest revision. The second Ctrl-C or SIGTERM ends the process by the signal: 130 or 143 in a shell.`,
};

/** The prose of a section; empty where there is none. */
export function proseOf(section: string): string {
  return prose[section] ?? '';
}
