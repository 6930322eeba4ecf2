# Completions of racesim 0.1.0 for fish.
#   racesim --generate-completion-script fish > ~/.config/fish/completions/racesim.fish

# Whether no word stands before the current one.
function __racesim_is_first
  test (count (commandline -opc)) -eq 1
end

# Whether the command line is one of the given command; without a name it is one of check.
function __racesim_uses
  set -l words (commandline -opc)
  set -l command check
  if set -q words[2]; and contains -- $words[2] help check replay report conform spec list napkin audit init explain
    set command $words[2]
  end
  test $command = $argv[1]
end

# Offers `kind=`, and after it files.
function __racesim_destinations
  set -l token (string replace -r '^--[a-z-]+=' '' -- (commandline -ct))
  if string match -q '*=*' -- $token
    set -l kind (string replace -r '=.*' '' -- $token)
    for path in (__fish_complete_path (string replace -r '^[^=]*=' '' -- $token))
      echo $kind=$path
    end
  else
    printf '%s=\n' $argv
  end
end

# Offers files whose names end as given, and folders.
function __racesim_files
  set -l token (commandline -ct)
  for path in (__fish_complete_path $token)
    string match -q -r -- "($argv[1]|/)(\t|\$)" $path; and echo $path
  end
end

complete -c racesim -f
complete -c racesim -n __racesim_is_first -a check -d 'Explore all interleavings of scenario files.'
complete -c racesim -n __racesim_is_first -a replay -d 'Run one schedule and show what happens.'
complete -c racesim -n __racesim_is_first -a report -d 'Render a saved trace.'
complete -c racesim -n __racesim_is_first -a conform -d 'Run schedules on a real PostgreSQL and compare.'
complete -c racesim -n __racesim_is_first -a spec -d 'Run PostgreSQL isolation specs as isolationtester does.'
complete -c racesim -n __racesim_is_first -a list -d 'List scenarios, writers, invariants, locks and expectations.'
complete -c racesim -n __racesim_is_first -a napkin -d 'Draw the writers and the tables they share: who reads, guards, locks, writes what.'
complete -c racesim -n __racesim_is_first -a audit -d 'Remove each explicit lock and re-explore: which of them matter?'
complete -c racesim -n __racesim_is_first -a init -d 'Write a starter scenario and a CI workflow.'
complete -c racesim -n __racesim_is_first -a explain -d 'Explain an anomaly (P4) or a message (RS0104).'
complete -c racesim -n '__racesim_uses help' -a 'check replay report conform spec list napkin audit init explain'
complete -c racesim -n '__racesim_uses check' -l granularity -x -a 'row statement' -d 'What may be interleaved: row by row, or whole statements.'
complete -c racesim -n '__racesim_uses check' -l isolationtester -d 'Step as PostgreSQL\'s isolationtester does: whole statements, BEGIN counted, waiters go on at once.'
complete -c racesim -n '__racesim_uses check' -l count-begin -d 'BEGIN is a step of its own, always.'
complete -c racesim -n '__racesim_uses check' -l no-symmetry -d 'Do not treat identical sessions as interchangeable.'
complete -c racesim -n '__racesim_uses check' -l no-split -d 'Explore sessions together that can never notice each other.'
complete -c racesim -n '__racesim_uses check' -l no-quiet-steps -d 'Interleave steps that nobody can notice, too.'
complete -c racesim -n '__racesim_uses check' -l no-late-waits -d 'Let waits begin also where they could begin later.'
complete -c racesim -n '__racesim_uses check' -l no-reduction -d 'All three of these.'
complete -c racesim -n '__racesim_uses check' -l no-memo -d 'Carry out every step anew; implies --no-reduction.'
complete -c racesim -n '__racesim_uses check' -l count -d 'Count the interleavings too, exactly; implies --no-reduction.'
complete -c racesim -n '__racesim_uses check' -l max-states -x -d 'End a search after so many states.'
complete -c racesim -n '__racesim_uses check' -l max-memory -x -d 'End a search at this much memory, such as 512m or 4g.'
complete -c racesim -n '__racesim_uses check' -l spill -x -d 'With --max-memory: put waiting states into a file there before memory runs out.'
complete -c racesim -n '__racesim_uses check' -l max-depth -x -d 'End a search at runs of so many steps.'
complete -c racesim -n '__racesim_uses check' -l timeout -x -d 'End a search after this time, such as 90s or 10m.'
complete -c racesim -n '__racesim_uses check' -l strategy -x -a 'exhaustive uniform pct' -d 'How to search: through everything, or in random runs, by equal chances or by random priorities.'
complete -c racesim -n '__racesim_uses check' -l runs -x -d 'How many random runs.'
complete -c racesim -n '__racesim_uses check' -l seed -x -d 'Where the drawing of random runs begins.'
complete -c racesim -n '__racesim_uses check' -l depth -x -d 'The depth of the bugs that pct has a guaranteed chance to find.'
complete -c racesim -n '__racesim_uses check' -l variant -x -d 'Only this variant; "base" is the scenario as written.'
complete -c racesim -n '__racesim_uses check' -l filter -x -d 'Only models whose name matches: * stands for any letters, ? for one.'
complete -c racesim -n '__racesim_uses check' -l threads -x -d 'How many threads explore: several models at once, or one together.'
complete -c racesim -n '__racesim_uses check' -l checkpoint -x -d 'Save how far the search of a model has got, for --resume: now and then, and when it ends early.'
complete -c racesim -n '__racesim_uses check' -l checkpoint-every -x -d 'The time between checkpoints.'
complete -c racesim -n '__racesim_uses check' -l resume -x -d 'Go on from a checkpoint of the same model and options.'
complete -c racesim -n '__racesim_uses check' -l stop-at-first -d 'End a model\'s search at its first violation.'
complete -c racesim -n '__racesim_uses check' -l fail-fast -d 'End with the first model that fails.'
complete -c racesim -n '__racesim_uses check' -l format -x -a 'text json github tap' -d 'What to print.'
complete -c racesim -n '__racesim_uses check' -l report -x -a '(__racesim_destinations html json junit sarif tap markdown spec psql)' -d 'Also write a report to a file; its kind is html, json, junit, sarif, tap, markdown, spec or psql. With spec or psql the path is a folder: each finding becomes a file that reproduces it on a server.'
complete -c racesim -n '__racesim_uses check' -l explain-pass -d 'Show a sample run of every model that is proved.'
complete -c racesim -n '__racesim_uses check' -l times -d 'Print how long each search took.'
complete -c racesim -n '__racesim_uses check' -l quiet -s q -d 'Print failures and totals only.'
complete -c racesim -n '__racesim_uses check' -l no-evidence -d 'Leave out what is tried beside a finding: passing runs, serial orders, levels, fixes.'
complete -c racesim -n '__racesim_uses check' -l no-verify-fixes -d 'Try no fixes; the rest of the evidence stays.'
complete -c racesim -n '__racesim_uses check' -l layout -x -a 'auto lanes list' -d 'How a trace is laid out.'
complete -c racesim -n '__racesim_uses check' -l verbose -s v -d 'Show statements and results in full.'
complete -c racesim -n '__racesim_uses check' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses check' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses check' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses check' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses check' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses check' -k -a '(__racesim_files \\\\.race)'
complete -c racesim -n '__racesim_uses replay' -l timeline -x -d 'A timeline of the file.'
complete -c racesim -n '__racesim_uses replay' -l token -x -d 'A token that a report has printed.'
complete -c racesim -n '__racesim_uses replay' -l order -x -d 'Sessions in the order of their steps; "clock" moves the clock.'
complete -c racesim -n '__racesim_uses replay' -l variant -x -d 'Run a variant. (default: the token\'s, or the base)'
complete -c racesim -n '__racesim_uses replay' -l to -x -d 'Show the run up to this step.'
complete -c racesim -n '__racesim_uses replay' -l format -x -a 'text html json markdown mermaid svg spec psql' -d 'What to print: "spec" is for PostgreSQL\'s isolationtester, "psql" a script that runs psql.'
complete -c racesim -n '__racesim_uses replay' -l granularity -x -a 'row statement' -d 'What may be interleaved: row by row, or whole statements.'
complete -c racesim -n '__racesim_uses replay' -l isolationtester -d 'Step as PostgreSQL\'s isolationtester does: whole statements, BEGIN counted, waiters go on at once.'
complete -c racesim -n '__racesim_uses replay' -l count-begin -d 'BEGIN is a step of its own, always.'
complete -c racesim -n '__racesim_uses replay' -l no-evidence -d 'Leave out what is tried beside a finding: passing runs, serial orders, levels, fixes.'
complete -c racesim -n '__racesim_uses replay' -l no-verify-fixes -d 'Try no fixes; the rest of the evidence stays.'
complete -c racesim -n '__racesim_uses replay' -l layout -x -a 'auto lanes list' -d 'How a trace is laid out.'
complete -c racesim -n '__racesim_uses replay' -l verbose -s v -d 'Show statements and results in full.'
complete -c racesim -n '__racesim_uses replay' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses replay' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses replay' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses replay' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses replay' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses replay' -k -a '(__racesim_files \\\\.race)'
complete -c racesim -n '__racesim_uses report' -l to -x -a 'text html json markdown mermaid svg' -d 'What to render it as.'
complete -c racesim -n '__racesim_uses report' -l layout -x -a 'auto lanes list' -d 'How a trace is laid out.'
complete -c racesim -n '__racesim_uses report' -l verbose -s v -d 'Show statements and results in full.'
complete -c racesim -n '__racesim_uses report' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses report' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses report' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses report' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses report' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses report' -k -a '(__racesim_files \\\\.json)'
complete -c racesim -n '__racesim_uses conform' -l server -x -d 'Where to run: a URI or keywords as libpq takes them, or "auto".'
complete -c racesim -n '__racesim_uses conform' -l variant -x -d 'Only this variant; "base" is the scenario as written.'
complete -c racesim -n '__racesim_uses conform' -l token -x -d 'Run the schedule that a report has printed.'
complete -c racesim -n '__racesim_uses conform' -l timeline -x -d 'Run a timeline of the file.'
complete -c racesim -n '__racesim_uses conform' -l samples -x -d 'Run so many schedules drawn at random instead.'
complete -c racesim -n '__racesim_uses conform' -l seed -x -d 'Where the drawing begins.'
complete -c racesim -n '__racesim_uses conform' -l max-states -x -d 'End the search for counterexamples after so many states.'
complete -c racesim -n '__racesim_uses conform' -l format -x -a 'text json' -d 'What to print.'
complete -c racesim -n '__racesim_uses conform' -l verbose -s v -d 'Show every move, what was sent and what came back.'
complete -c racesim -n '__racesim_uses conform' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses conform' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses conform' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses conform' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses conform' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses conform' -k -a '(__racesim_files \\\\.race)'
complete -c racesim -n '__racesim_uses spec' -l compare -d 'Compare with the expected output beside each spec.'
complete -c racesim -n '__racesim_uses spec' -l diff -d 'Compare, and show the lines that differ.'
complete -c racesim -n '__racesim_uses spec' -l explore -d 'Explore all interleavings of the sessions\' steps instead, and show what can come of them.'
complete -c racesim -n '__racesim_uses spec' -l strict -d 'With --explore: exit with 1 if a deadlock or an error can happen.'
complete -c racesim -n '__racesim_uses spec' -l count -d 'With --explore: count the interleavings too, exactly.'
complete -c racesim -n '__racesim_uses spec' -l max-states -x -d 'With --explore: end the search after so many states.'
complete -c racesim -n '__racesim_uses spec' -l granularity -x -a 'row statement' -d 'What may be interleaved: row by row, or whole statements.'
complete -c racesim -n '__racesim_uses spec' -l isolationtester -d 'Step as PostgreSQL\'s isolationtester does: whole statements, BEGIN counted, waiters go on at once.'
complete -c racesim -n '__racesim_uses spec' -l count-begin -d 'BEGIN is a step of its own, always.'
complete -c racesim -n '__racesim_uses spec' -l layout -x -a 'auto lanes list' -d 'How a trace is laid out.'
complete -c racesim -n '__racesim_uses spec' -l verbose -s v -d 'Show statements and results in full.'
complete -c racesim -n '__racesim_uses spec' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses spec' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses spec' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses spec' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses spec' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses spec' -k -a '(__racesim_files \\\\.spec)'
complete -c racesim -n '__racesim_uses list' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses list' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses list' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses list' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses list' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses list' -k -a '(__racesim_files \\\\.race)'
complete -c racesim -n '__racesim_uses napkin' -l variant -x -d 'Draw a variant; "base" is the scenario as written.'
complete -c racesim -n '__racesim_uses napkin' -l format -x -a 'text json' -d 'What to print; as JSON, a line for each scenario.'
complete -c racesim -n '__racesim_uses napkin' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses napkin' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses napkin' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses napkin' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses napkin' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses napkin' -k -a '(__racesim_files \\\\.race)'
complete -c racesim -n '__racesim_uses audit' -l variant -x -d 'Audit a variant; "base" is the scenario as written.'
complete -c racesim -n '__racesim_uses audit' -l max-states -x -d 'End a search after so many states.'
complete -c racesim -n '__racesim_uses audit' -l timeout -x -d 'End a search after this time, such as 90s or 10m.'
complete -c racesim -n '__racesim_uses audit' -l format -x -a 'text json' -d 'What to print; as JSON, a line for each scenario.'
complete -c racesim -n '__racesim_uses audit' -l quiet -s q -d 'Show no progress.'
complete -c racesim -n '__racesim_uses audit' -l verbose -s v -d 'Show the counterexamples in full.'
complete -c racesim -n '__racesim_uses audit' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses audit' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses audit' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses audit' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses audit' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses audit' -k -a '(__racesim_files \\\\.race)'
complete -c racesim -n '__racesim_uses init' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses init' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses init' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses init' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses init' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses init' -a '(__fish_complete_directories)'
complete -c racesim -n '__racesim_uses explain' -l color -x -a 'auto always never' -d 'Whether to use colour.'
complete -c racesim -n '__racesim_uses explain' -l ascii -d 'Draw with ASCII characters only.'
complete -c racesim -n '__racesim_uses explain' -l width -x -d 'The columns that a line may take.'
complete -c racesim -n '__racesim_uses explain' -l version -d 'Show the version.'
complete -c racesim -n '__racesim_uses explain' -l help -s h -d 'Show help information.'
complete -c racesim -n '__racesim_uses explain' -a 'P4 A5A A5B G2 P2 P3 unguarded-write G0 G1a G1b G1c G-single G-nonadjacent deadlock timeout logic-error scope-anomaly effect-leak double-effect stranded lost-effect swallowed-error optimistic-lock-failure stuck endless lease-expired RS0001 RS0002 RS0003 RS0004 RS0005 RS0006 RS0007 RS0008 RS0009 RS0010 RS0011 RS0012 RS0013 RS0014 RS0015 RS0016 RS0101 RS0102 RS0103 RS0104 RS0105 RS0106 RS0107 RS0108 RS0109 RS0110 RS0111 RS0112 RS0113 RS0114 RS0115 RS0116 RS0117 RS0118 RS0119 RS0120 RS0121 RS0122 RS0123 RS0124 RS0201 RS0202 RS0203 RS0204 RS0205 RS0206 RS0207 RS0208 RS0209 RS0210 RS0211 RS0301 RS0302 RS0303 RS0304 RS0305 RS0306 RS0307 RS0308 RS0309 RS0310 RS0311 RS0312 RS0313 RS0314 RS0315 RS0316 RS0317 RS0401 RS0402 RS0403 RS0404 RS0405 RS0406 RS0407 RS0408 RS0409 RS0410'
complete -c racesim -n __racesim_is_first -l generate-completion-script -x -a 'bash zsh fish' -d 'Print the completions for a shell.'
complete -c racesim -n __racesim_is_first -l generate-manual -d 'Print the manual page racesim(1).'
