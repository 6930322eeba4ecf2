# Completions of racesim 0.1.0 for bash.
#   racesim --generate-completion-script bash > ~/.local/share/bash-completion/completions/racesim

# Offers those of the given words that begin as the current one does.
_racesim_words() {
  COMPREPLY+=($(compgen -W "$*" -- "$current"))
}

# Offers `kind=`, and after it files.
_racesim_destinations() {
  if [[ $current == *=* ]]; then
    current=${current#*=}
    _racesim_files ''
  else
    COMPREPLY+=($(compgen -S = -W "$*" -- "$current"))
    compopt -o nospace 2>/dev/null
  fi
}

# Offers files whose names end as given, and folders.
_racesim_files() {
  local IFS=$'\n'
  if [[ -n $1 ]]; then
    COMPREPLY+=($(compgen -d -- "$current") $(compgen -f -X "!*$1" -- "$current"))
  else
    COMPREPLY+=($(compgen -f -- "$current"))
  fi
  compopt -o filenames 2>/dev/null
}

# Offers folders.
_racesim_folders() {
  local IFS=$'\n'
  COMPREPLY+=($(compgen -d -- "$current"))
  compopt -o filenames 2>/dev/null
}

_racesim() {
  local command=check current previous='' index count=0
  local -a words
  COMPREPLY=()
  # bash may break words at `=`: put them together again.
  for ((index = 1; index <= COMP_CWORD; index++)); do
    if ((count > 0)) && [[ ${COMP_WORDS[index]} == =* || ${words[count - 1]} == -*= || ${words[count - 1]} == [a-z]*= ]]; then
      words[count - 1]+=${COMP_WORDS[index]}
    else
      words[count]=${COMP_WORDS[index]}
      count=$((count + 1))
    fi
  done
  current=${words[count - 1]}
  ((count > 1)) && previous=${words[count - 2]}

  if ((count == 1)) && [[ $current != -* ]]; then
    _racesim_words check replay report conform spec list napkin audit init explain help
    _racesim_files .race
    return
  fi
  case ${words[0]} in
    check | replay | report | conform | spec | list | napkin | audit | init | explain) command=${words[0]} ;;
    help)
      ((count == 2)) && _racesim_words check replay report conform spec list napkin audit init explain
      return
      ;;
  esac
  if [[ $current == --*=* ]]; then
    previous=${current%%=*}
    current=${current#*=}
  fi

  case "$command $previous" in
    'check --granularity') _racesim_words row statement; return ;;
    'check --max-states') :; return ;;
    'check --max-memory') :; return ;;
    'check --spill') :; return ;;
    'check --max-depth') :; return ;;
    'check --timeout') :; return ;;
    'check --strategy') _racesim_words exhaustive uniform pct; return ;;
    'check --runs') :; return ;;
    'check --seed') :; return ;;
    'check --depth') :; return ;;
    'check --variant') :; return ;;
    'check --filter') :; return ;;
    'check --threads') :; return ;;
    'check --checkpoint') :; return ;;
    'check --checkpoint-every') :; return ;;
    'check --resume') :; return ;;
    'check --format') _racesim_words text json github tap; return ;;
    'check --report') _racesim_destinations html json junit sarif tap markdown spec psql; return ;;
    'check --layout') _racesim_words auto lanes list; return ;;
    'check --color') _racesim_words auto always never; return ;;
    'check --width') :; return ;;
    'replay --timeline') :; return ;;
    'replay --token') :; return ;;
    'replay --order') :; return ;;
    'replay --variant') :; return ;;
    'replay --to') :; return ;;
    'replay --format') _racesim_words text html json markdown mermaid svg spec psql; return ;;
    'replay --granularity') _racesim_words row statement; return ;;
    'replay --layout') _racesim_words auto lanes list; return ;;
    'replay --color') _racesim_words auto always never; return ;;
    'replay --width') :; return ;;
    'report --to') _racesim_words text html json markdown mermaid svg; return ;;
    'report --layout') _racesim_words auto lanes list; return ;;
    'report --color') _racesim_words auto always never; return ;;
    'report --width') :; return ;;
    'conform --server') :; return ;;
    'conform --variant') :; return ;;
    'conform --token') :; return ;;
    'conform --timeline') :; return ;;
    'conform --samples') :; return ;;
    'conform --seed') :; return ;;
    'conform --max-states') :; return ;;
    'conform --format') _racesim_words text json; return ;;
    'conform --color') _racesim_words auto always never; return ;;
    'conform --width') :; return ;;
    'spec --max-states') :; return ;;
    'spec --granularity') _racesim_words row statement; return ;;
    'spec --layout') _racesim_words auto lanes list; return ;;
    'spec --color') _racesim_words auto always never; return ;;
    'spec --width') :; return ;;
    'list --color') _racesim_words auto always never; return ;;
    'list --width') :; return ;;
    'napkin --variant') :; return ;;
    'napkin --format') _racesim_words text json; return ;;
    'napkin --color') _racesim_words auto always never; return ;;
    'napkin --width') :; return ;;
    'audit --variant') :; return ;;
    'audit --max-states') :; return ;;
    'audit --timeout') :; return ;;
    'audit --format') _racesim_words text json; return ;;
    'audit --color') _racesim_words auto always never; return ;;
    'audit --width') :; return ;;
    'init --color') _racesim_words auto always never; return ;;
    'init --width') :; return ;;
    'explain --color') _racesim_words auto always never; return ;;
    'explain --width') :; return ;;
    *' --generate-completion-script') _racesim_words bash zsh fish; return ;;
  esac
  if [[ $current == -* ]]; then
    case $command in
    check) _racesim_words --granularity --isolationtester --count-begin --no-symmetry --no-split --no-quiet-steps --no-late-waits --no-reduction --no-memo --count --max-states --max-memory --spill --max-depth --timeout --strategy --runs --seed --depth --variant --filter --threads --checkpoint --checkpoint-every --resume --stop-at-first --fail-fast --format --report --explain-pass --times --quiet -q --no-evidence --no-verify-fixes --layout --verbose -v --color --ascii --width --version --help -h ;;
    replay) _racesim_words --timeline --token --order --variant --to --format --granularity --isolationtester --count-begin --no-evidence --no-verify-fixes --layout --verbose -v --color --ascii --width --version --help -h ;;
    report) _racesim_words --to --layout --verbose -v --color --ascii --width --version --help -h ;;
    conform) _racesim_words --server --variant --token --timeline --samples --seed --max-states --format --verbose -v --color --ascii --width --version --help -h ;;
    spec) _racesim_words --compare --diff --explore --strict --count --max-states --granularity --isolationtester --count-begin --layout --verbose -v --color --ascii --width --version --help -h ;;
    list) _racesim_words --color --ascii --width --version --help -h ;;
    napkin) _racesim_words --variant --format --color --ascii --width --version --help -h ;;
    audit) _racesim_words --variant --max-states --timeout --format --quiet -q --verbose -v --color --ascii --width --version --help -h ;;
    init) _racesim_words --color --ascii --width --version --help -h ;;
    explain) _racesim_words --color --ascii --width --version --help -h ;;
    esac
    ((count == 1)) && _racesim_words --generate-completion-script --generate-manual
    return
  fi
  case $command in
    check) _racesim_files .race ;;
    replay) _racesim_files .race ;;
    report) _racesim_files .json ;;
    conform) _racesim_files .race ;;
    spec) _racesim_files .spec ;;
    list) _racesim_files .race ;;
    napkin) _racesim_files .race ;;
    audit) _racesim_files .race ;;
    init) _racesim_folders ;;
    explain) _racesim_words P4 A5A A5B G2 P2 P3 unguarded-write G0 G1a G1b G1c G-single G-nonadjacent deadlock timeout logic-error scope-anomaly effect-leak double-effect stranded lost-effect swallowed-error optimistic-lock-failure stuck endless lease-expired RS0001 RS0002 RS0003 RS0004 RS0005 RS0006 RS0007 RS0008 RS0009 RS0010 RS0011 RS0012 RS0013 RS0014 RS0015 RS0016 RS0101 RS0102 RS0103 RS0104 RS0105 RS0106 RS0107 RS0108 RS0109 RS0110 RS0111 RS0112 RS0113 RS0114 RS0115 RS0116 RS0117 RS0118 RS0119 RS0120 RS0121 RS0122 RS0123 RS0124 RS0201 RS0202 RS0203 RS0204 RS0205 RS0206 RS0207 RS0208 RS0209 RS0210 RS0211 RS0301 RS0302 RS0303 RS0304 RS0305 RS0306 RS0307 RS0308 RS0309 RS0310 RS0311 RS0312 RS0313 RS0314 RS0315 RS0316 RS0317 RS0401 RS0402 RS0403 RS0404 RS0405 RS0406 RS0407 RS0408 RS0409 RS0410 ;;
  esac
}

complete -F _racesim racesim
