#compdef racesim
# Completions of racesim 0.1.0 for zsh.
#   racesim --generate-completion-script zsh > a folder of $fpath/_racesim

# Offers `kind=`, and after it files.
_racesim_destination() {
  if compset -P '*='; then
    _files
  else
    compadd -S = -- "$@"
  fi
}

_racesim_check() {
  _arguments -S \
    '--granularity=[What may be interleaved\: row by row, or whole statements.]:<row|statement>:(row statement)' \
    '--isolationtester[Step as PostgreSQL'\''s isolationtester does\: whole statements, BEGIN counted, waiters go on at once.]' \
    '--count-begin[BEGIN is a step of its own, always.]' \
    '--no-symmetry[Do not treat identical sessions as interchangeable.]' \
    '--no-split[Explore sessions together that can never notice each other.]' \
    '--no-quiet-steps[Interleave steps that nobody can notice, too.]' \
    '--no-late-waits[Let waits begin also where they could begin later.]' \
    '--no-reduction[All three of these.]' \
    '--no-memo[Carry out every step anew; implies --no-reduction.]' \
    '--count[Count the interleavings too, exactly; implies --no-reduction.]' \
    '--max-states=[End a search after so many states.]:<n>: ' \
    '--max-memory=[End a search at this much memory, such as 512m or 4g.]:<size>: ' \
    '--spill=[With --max-memory\: put waiting states into a file there before memory runs out.]:<folder>: ' \
    '--max-depth=[End a search at runs of so many steps.]:<n>: ' \
    '--timeout=[End a search after this time, such as 90s or 10m.]:<duration>: ' \
    '--strategy=[How to search\: through everything, or in random runs, by equal chances or by random priorities.]:<exhaustive|uniform|pct>:(exhaustive uniform pct)' \
    '--runs=[How many random runs.]:<n>: ' \
    '--seed=[Where the drawing of random runs begins.]:<n>: ' \
    '--depth=[The depth of the bugs that pct has a guaranteed chance to find.]:<n>: ' \
    '--variant=[Only this variant; "base" is the scenario as written.]:<name>: ' \
    '--filter=[Only models whose name matches\: * stands for any letters, ? for one.]:<glob>: ' \
    '--threads=[How many threads explore\: several models at once, or one together.]:<n>: ' \
    '--checkpoint=[Save how far the search of a model has got, for --resume\: now and then, and when it ends early.]:<file>: ' \
    '--checkpoint-every=[The time between checkpoints.]:<duration>: ' \
    '--resume=[Go on from a checkpoint of the same model and options.]:<file>: ' \
    '--stop-at-first[End a model'\''s search at its first violation.]' \
    '--fail-fast[End with the first model that fails.]' \
    '--format=[What to print.]:<text|json|github|tap>:(text json github tap)' \
    '*--report=[Also write a report to a file; its kind is html, json, junit, sarif, tap, markdown, spec or psql. With spec or psql the path is a folder\: each finding becomes a file that reproduces it on a server.]:<kind>=<path>:{_racesim_destination html json junit sarif tap markdown spec psql}' \
    '--explain-pass[Show a sample run of every model that is proved.]' \
    '--times[Print how long each search took.]' \
    '(-q --quiet)'{-q,--quiet}'[Print failures and totals only.]' \
    '--no-evidence[Leave out what is tried beside a finding\: passing runs, serial orders, levels, fixes.]' \
    '--no-verify-fixes[Try no fixes; the rest of the evidence stays.]' \
    '--layout=[How a trace is laid out.]:<auto|lanes|list>:(auto lanes list)' \
    '(-v --verbose)'{-v,--verbose}'[Show statements and results in full.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.race"'
}

_racesim_replay() {
  _arguments -S \
    '--timeline=[A timeline of the file.]:<name>: ' \
    '--token=[A token that a report has printed.]:<token>: ' \
    '--order=[Sessions in the order of their steps; "clock" moves the clock.]:<names>: ' \
    '--variant=[Run a variant. (default\: the token'\''s, or the base)]:<name>: ' \
    '--to=[Show the run up to this step.]:<step>: ' \
    '--format=[What to print\: "spec" is for PostgreSQL'\''s isolationtester, "psql" a script that runs psql.]:<text|html|json|markdown|mermaid|svg|spec|psql>:(text html json markdown mermaid svg spec psql)' \
    '--granularity=[What may be interleaved\: row by row, or whole statements.]:<row|statement>:(row statement)' \
    '--isolationtester[Step as PostgreSQL'\''s isolationtester does\: whole statements, BEGIN counted, waiters go on at once.]' \
    '--count-begin[BEGIN is a step of its own, always.]' \
    '--no-evidence[Leave out what is tried beside a finding\: passing runs, serial orders, levels, fixes.]' \
    '--no-verify-fixes[Try no fixes; the rest of the evidence stays.]' \
    '--layout=[How a trace is laid out.]:<auto|lanes|list>:(auto lanes list)' \
    '(-v --verbose)'{-v,--verbose}'[Show statements and results in full.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.race"'
}

_racesim_report() {
  _arguments -S \
    '--to=[What to render it as.]:<text|html|json|markdown|mermaid|svg>:(text html json markdown mermaid svg)' \
    '--layout=[How a trace is laid out.]:<auto|lanes|list>:(auto lanes list)' \
    '(-v --verbose)'{-v,--verbose}'[Show statements and results in full.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.json"'
}

_racesim_conform() {
  _arguments -S \
    '--server=[Where to run\: a URI or keywords as libpq takes them, or "auto".]:<url>: ' \
    '--variant=[Only this variant; "base" is the scenario as written.]:<name>: ' \
    '--token=[Run the schedule that a report has printed.]:<token>: ' \
    '--timeline=[Run a timeline of the file.]:<name>: ' \
    '--samples=[Run so many schedules drawn at random instead.]:<n>: ' \
    '--seed=[Where the drawing begins.]:<n>: ' \
    '--max-states=[End the search for counterexamples after so many states.]:<n>: ' \
    '--format=[What to print.]:<text|json>:(text json)' \
    '(-v --verbose)'{-v,--verbose}'[Show every move, what was sent and what came back.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.race"'
}

_racesim_spec() {
  _arguments -S \
    '--compare[Compare with the expected output beside each spec.]' \
    '--diff[Compare, and show the lines that differ.]' \
    '--explore[Explore all interleavings of the sessions'\'' steps instead, and show what can come of them.]' \
    '--strict[With --explore\: exit with 1 if a deadlock or an error can happen.]' \
    '--count[With --explore\: count the interleavings too, exactly.]' \
    '--max-states=[With --explore\: end the search after so many states.]:<n>: ' \
    '--granularity=[What may be interleaved\: row by row, or whole statements.]:<row|statement>:(row statement)' \
    '--isolationtester[Step as PostgreSQL'\''s isolationtester does\: whole statements, BEGIN counted, waiters go on at once.]' \
    '--count-begin[BEGIN is a step of its own, always.]' \
    '--layout=[How a trace is laid out.]:<auto|lanes|list>:(auto lanes list)' \
    '(-v --verbose)'{-v,--verbose}'[Show statements and results in full.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.spec"'
}

_racesim_list() {
  _arguments -S \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.race"'
}

_racesim_napkin() {
  _arguments -S \
    '--variant=[Draw a variant; "base" is the scenario as written.]:<name>: ' \
    '--format=[What to print; as JSON, a line for each scenario.]:<text|json>:(text json)' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.race"'
}

_racesim_audit() {
  _arguments -S \
    '--variant=[Audit a variant; "base" is the scenario as written.]:<name>: ' \
    '--max-states=[End a search after so many states.]:<n>: ' \
    '--timeout=[End a search after this time, such as 90s or 10m.]:<duration>: ' \
    '--format=[What to print; as JSON, a line for each scenario.]:<text|json>:(text json)' \
    '(-q --quiet)'{-q,--quiet}'[Show no progress.]' \
    '(-v --verbose)'{-v,--verbose}'[Show the counterexamples in full.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:file:_files -g "*.race"'
}

_racesim_init() {
  _arguments -S \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '1:folder:_files -/'
}

_racesim_explain() {
  _arguments -S \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '*:word:(P4 A5A A5B G2 P2 P3 unguarded-write G0 G1a G1b G1c G-single G-nonadjacent deadlock timeout logic-error scope-anomaly effect-leak double-effect stranded lost-effect swallowed-error optimistic-lock-failure stuck endless lease-expired RS0001 RS0002 RS0003 RS0004 RS0005 RS0006 RS0007 RS0008 RS0009 RS0010 RS0011 RS0012 RS0013 RS0014 RS0015 RS0016 RS0101 RS0102 RS0103 RS0104 RS0105 RS0106 RS0107 RS0108 RS0109 RS0110 RS0111 RS0112 RS0113 RS0114 RS0115 RS0116 RS0117 RS0118 RS0119 RS0120 RS0121 RS0122 RS0123 RS0124 RS0201 RS0202 RS0203 RS0204 RS0205 RS0206 RS0207 RS0208 RS0209 RS0210 RS0211 RS0301 RS0302 RS0303 RS0304 RS0305 RS0306 RS0307 RS0308 RS0309 RS0310 RS0311 RS0312 RS0313 RS0314 RS0315 RS0316 RS0317 RS0401 RS0402 RS0403 RS0404 RS0405 RS0406 RS0407 RS0408 RS0409 RS0410)'
}

_racesim_top() {
  _arguments -S \
    '--granularity=[What may be interleaved\: row by row, or whole statements.]:<row|statement>:(row statement)' \
    '--isolationtester[Step as PostgreSQL'\''s isolationtester does\: whole statements, BEGIN counted, waiters go on at once.]' \
    '--count-begin[BEGIN is a step of its own, always.]' \
    '--no-symmetry[Do not treat identical sessions as interchangeable.]' \
    '--no-split[Explore sessions together that can never notice each other.]' \
    '--no-quiet-steps[Interleave steps that nobody can notice, too.]' \
    '--no-late-waits[Let waits begin also where they could begin later.]' \
    '--no-reduction[All three of these.]' \
    '--no-memo[Carry out every step anew; implies --no-reduction.]' \
    '--count[Count the interleavings too, exactly; implies --no-reduction.]' \
    '--max-states=[End a search after so many states.]:<n>: ' \
    '--max-memory=[End a search at this much memory, such as 512m or 4g.]:<size>: ' \
    '--spill=[With --max-memory\: put waiting states into a file there before memory runs out.]:<folder>: ' \
    '--max-depth=[End a search at runs of so many steps.]:<n>: ' \
    '--timeout=[End a search after this time, such as 90s or 10m.]:<duration>: ' \
    '--strategy=[How to search\: through everything, or in random runs, by equal chances or by random priorities.]:<exhaustive|uniform|pct>:(exhaustive uniform pct)' \
    '--runs=[How many random runs.]:<n>: ' \
    '--seed=[Where the drawing of random runs begins.]:<n>: ' \
    '--depth=[The depth of the bugs that pct has a guaranteed chance to find.]:<n>: ' \
    '--variant=[Only this variant; "base" is the scenario as written.]:<name>: ' \
    '--filter=[Only models whose name matches\: * stands for any letters, ? for one.]:<glob>: ' \
    '--threads=[How many threads explore\: several models at once, or one together.]:<n>: ' \
    '--checkpoint=[Save how far the search of a model has got, for --resume\: now and then, and when it ends early.]:<file>: ' \
    '--checkpoint-every=[The time between checkpoints.]:<duration>: ' \
    '--resume=[Go on from a checkpoint of the same model and options.]:<file>: ' \
    '--stop-at-first[End a model'\''s search at its first violation.]' \
    '--fail-fast[End with the first model that fails.]' \
    '--format=[What to print.]:<text|json|github|tap>:(text json github tap)' \
    '*--report=[Also write a report to a file; its kind is html, json, junit, sarif, tap, markdown, spec or psql. With spec or psql the path is a folder\: each finding becomes a file that reproduces it on a server.]:<kind>=<path>:{_racesim_destination html json junit sarif tap markdown spec psql}' \
    '--explain-pass[Show a sample run of every model that is proved.]' \
    '--times[Print how long each search took.]' \
    '(-q --quiet)'{-q,--quiet}'[Print failures and totals only.]' \
    '--no-evidence[Leave out what is tried beside a finding\: passing runs, serial orders, levels, fixes.]' \
    '--no-verify-fixes[Try no fixes; the rest of the evidence stays.]' \
    '--layout=[How a trace is laid out.]:<auto|lanes|list>:(auto lanes list)' \
    '(-v --verbose)'{-v,--verbose}'[Show statements and results in full.]' \
    '--color=[Whether to use colour.]:<auto|always|never>:(auto always never)' \
    '--ascii[Draw with ASCII characters only.]' \
    '--width=[The columns that a line may take.]:<columns>: ' \
    '--version[Show the version.]' \
    '(-h --help)'{-h,--help}'[Show help information.]' \
    '--generate-completion-script=[Print the completions for a shell.]:<bash|zsh|fish>:(bash zsh fish)' \
    '--generate-manual[Print the manual page racesim(1).]' \
    '*:file:_files -g "*.race"'
}

_racesim() {
  local -a commands=(
    'check:Explore all interleavings of scenario files.'
    'replay:Run one schedule and show what happens.'
    'report:Render a saved trace.'
    'conform:Run schedules on a real PostgreSQL and compare.'
    'spec:Run PostgreSQL isolation specs as isolationtester does.'
    'list:List scenarios, writers, invariants, locks and expectations.'
    'napkin:Draw the writers and the tables they share: who reads, guards, locks, writes what.'
    'audit:Remove each explicit lock and re-explore: which of them matter?'
    'init:Write a starter scenario and a CI workflow.'
    'explain:Explain an anomaly (P4) or a message (RS0104).'
  )
  local -a names=(check replay report conform spec list napkin audit init explain)
  if ((CURRENT == 2)) && [[ $words[2] != -* ]]; then
    _describe -t commands subcommand commands
  elif [[ $words[2] == help ]]; then
    ((CURRENT == 3)) && _describe -t commands subcommand commands
    return
  elif (($names[(Ie)$words[2]])); then
    local command=$words[2]
    shift words
    ((CURRENT--))
    case $command in
    check) _racesim_check ;;
    replay) _racesim_replay ;;
    report) _racesim_report ;;
    conform) _racesim_conform ;;
    spec) _racesim_spec ;;
    list) _racesim_list ;;
    napkin) _racesim_napkin ;;
    audit) _racesim_audit ;;
    init) _racesim_init ;;
    explain) _racesim_explain ;;
    esac
    return
  fi
  _racesim_top
}

if [[ $funcstack[1] == _racesim ]]; then
  _racesim "$@"
else
  compdef _racesim racesim
fi
