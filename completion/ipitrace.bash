# SPDX-License-Identifier: GPL-2.0
# bash completion for ipitrace(8). Needs nothing but bash; behind -- it asks
# bash-completion about PROGRAM, where that is installed.

# The CPUs of this machine: 0-3,8 as 0 1 2 3 8.
_ipitrace_cpus()
{
	local ranges range cpu

	IFS=, read -ra ranges </sys/devices/system/cpu/possible
	for range in "${ranges[@]}"; do
		for ((cpu = ${range%-*}; cpu <= ${range#*-}; cpu++)); do
			echo "$cpu"
		done
	done
}

# The last CPU of a list, behind the CPUs before it. $1: the list so far.
_ipitrace_list()
{
	local before=${1%"${1##*[,-]}"}

	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_ipitrace_cpus)" -- "${1##*[,-]}")
	compopt -o nospace 2>/dev/null
}

# The kernel's functions that begin with the last of a list of globs. $1: the list so far.
_ipitrace_functions()
{
	local before=${1%"${1##*,}"} last=${1##*,}

	# All are too many to list.
	[[ $last ]] || return
	mapfile -t COMPREPLY < <(awk -v last="$last" -v before="$before" \
		'tolower($2) == "t" && index($3, last) == 1 { print before $3 }' /proc/kallsyms | sort -u)
	compopt -o nospace 2>/dev/null
}

# The options that command $1 uses, as `ipitrace $1 --help` lists them.
_ipitrace_options()
{
	local collecting="--duration -d --cpus -c --src --dst --func -f --pid -p --housekeeping --ready-file"

	echo "--help -h --version -V --output -o --color"
	[[ $1 == report || $1 == import ]] || echo "--verbose -v"
	case $1 in
	summary)
		echo "--folded --calls --full --scroll --no-user --html"
		_ipitrace_options hist
		;;
	hist)
		echo "$collecting --json -j --quiet -q --interval -i --by --kinds --stacks --self --"
		;;
	trace)
		echo "$collecting --json -j --keys --quiet -q --stacks --kind --min-delay --min-handler --min-wait --buffer --"
		;;
	stalls)
		echo "$collecting --json -j --quiet -q --threshold -t --phase --backtrace --exit-code --tap --"
		;;
	prove)
		echo "--duration -d --json -j --load --threshold -t --output -o --details --housekeeping --ready-file --verbose -v"
		;;
	waits)
		echo "$collecting --json -j --threshold -t --exit-code --tap --vmcore --btf --"
		;;
	serve)
		echo "$collecting --quiet -q --interval -i --threshold -t --listen --host --textfile --events --details --no-page --series --per-cpu --max-functions"
		echo "--storm-rate --storm-share --storm-rise --"
		;;
	storm)
		echo "$collecting --json -j --quiet -q --interval -i --exit-code --tap --no-user"
		echo "--storm-rate --storm-share --storm-rise --"
		;;
	isolated)
		echo "--duration -d --cpus -c --housekeeping --ready-file --json -j --quiet -q"
		echo "--allow --only --max-interruption --tap --"
		;;
	record)
		echo "$collecting --json -j --quiet -q --interval -i --by --kinds --stacks --no-user --self"
		echo "--threshold -t --backtrace --storm-rate --storm-share --storm-rise"
		echo "--trace --kind --min-delay --min-handler --min-wait --buffer --max-size"
		echo "--flight --on --max-files --keep --exec --signal --exit --html --perfetto --"
		;;
	top)
		echo "$collecting --interval -i --by --kinds --no-user --threshold -t"
		echo "--storm-rate --storm-share --storm-rise"
		;;
	report)
		echo "--json -j --keys --quiet -q --cpus -c --src --dst --func -f --pid -p --since --until"
		echo "--html --perfetto --limit --folded --diff --tolerance --exit-code --tap"
		;;
	import)
		echo "--json -j --quiet -q --interval -i --threshold -t --storm-rate --storm-share --storm-rise"
		;;
	check)
		echo "--json -j --recipe"
		;;
	esac
}

# Completes the value of option $1, of which $2 is there; fails if $1 takes none.
_ipitrace_value()
{
	local option=$1 cur=$2

	case $option in
	--cpus | -c | --src | --dst | --housekeeping)
		_ipitrace_list "$cur"
		;;
	--by)
		mapfile -t COMPREPLY < <(compgen -W "function sender victim cgroup cpu" -- "$cur")
		;;
	--color)
		mapfile -t COMPREPLY < <(compgen -W "auto always never" -- "$cur")
		;;
	--on)
		mapfile -t COMPREPLY < <(compgen -W "stall stall: storm delay:" -- "$cur")
		;;
	--exec)
		mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		;;
	--pid | -p | --signal)
		mapfile -t COMPREPLY < <(cd /proc && compgen -G "$cur*" -X '*[!0-9]*')
		;;
	--ready-file | --output | -o | --html | --perfetto | --vmcore | --btf)
		mapfile -t COMPREPLY < <(compgen -f -- "$cur")
		compopt -o filenames 2>/dev/null
		;;
	--textfile)
		mapfile -t COMPREPLY < <(compgen -d -- "$cur")
		compopt -o filenames 2>/dev/null
		;;
	--kind)
		mapfile -t COMPREPLY < <(compgen -W "call_function reschedule irq_work" -- "$cur")
		;;
	--min-delay | --min-handler | --min-wait | --buffer | --max-size | --limit | --flight | --max-files | --keep) ;;
	--listen | --host | --series | --max-functions | --storm-rate | --storm-share | --storm-rise) ;;
	--tolerance | --since | --until | --duration | -d | --interval | -i | --threshold | -t) ;;
	--func | -f)
		_ipitrace_functions "$cur"
		;;
	--keys)
		mapfile -t COMPREPLY < <(compgen -P "${cur%"${cur##*,}"}" -W "schema type time utc nodename kernel \
			kind src dst func module callsite pid tgid tid comm interrupt delay handler call wait csd \
			delay_stolen handler_stolen preempted caller reason stack" -- "${cur##*,}")
		compopt -o nospace 2>/dev/null
		;;
	--only)
		mapfile -t COMPREPLY < <(compgen -W "ipis interrupts tasks" -- "$cur")
		;;
	--phase)
		mapfile -t COMPREPLY < <(compgen -W "delivery handler wait interrupt" -- "$cur")
		;;
	--allow | --max-interruption) ;;
	*)
		return 1
		;;
	esac
	return 0
}

# PROGRAM and its arguments, of which the first is word $1.
_ipitrace_program()
{
	if declare -F _command_offset >/dev/null; then
		_command_offset "$1"
	elif ((COMP_CWORD == $1)); then
		mapfile -t COMPREPLY < <(compgen -c -- "${COMP_WORDS[COMP_CWORD]}")
	else
		mapfile -t COMPREPLY < <(compgen -f -- "${COMP_WORDS[COMP_CWORD]}")
		compopt -o filenames 2>/dev/null
	fi
}

_ipitrace()
{
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]}
	local i command= options=
	local commands="summary hist trace stalls waits serve storm isolated record report top import check prove"

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)
			_ipitrace_program $((i + 1))
			return
			;;
		summary | hist | trace | stalls | waits | serve | storm | isolated | record | report | top | import | check | prove)
			[[ $command ]] || command=${COMP_WORDS[i]}
			;;
		esac
	done
	# --by=KEY is three words here.
	if [[ $cur == = ]]; then
		_ipitrace_value "$prev" ""
		return
	elif [[ $prev == = ]]; then
		_ipitrace_value "${COMP_WORDS[COMP_CWORD - 2]}" "$cur"
		return
	fi
	_ipitrace_value "$prev" "$cur" && return
	if [[ $cur == -* ]]; then
		# Without a command, one that uses the option may follow.
		for i in ${command:-$commands}; do
			options+=" $(_ipitrace_options "$i")"
		done
		mapfile -t COMPREPLY < <(compgen -W "$options" -- "$cur" | sort -u)
	elif [[ $command == report ]]; then
		mapfile -t COMPREPLY < <(compgen -f -W "summary calls hist stalls waits storm trace" -- "$cur")
		compopt -o filenames 2>/dev/null
	elif [[ ! $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$commands help" -- "$cur")
	fi
}

complete -F _ipitrace ipitrace
