# SPDX-License-Identifier: GPL-2.0
# bash completion for ipitrace(8). Needs nothing but bash; behind -- it uses
# what bash-completion knows of PROGRAM, where that is installed.

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

# The last CPU of a list: what comes before it stays. $1: the list so far.
_ipitrace_list()
{
	local before=${1%"${1##*[,-]}"}

	mapfile -t COMPREPLY < <(compgen -P "$before" -W "$(_ipitrace_cpus)" -- "${1##*[,-]}")
	compopt -o nospace 2>/dev/null
}

# What an option's value can be; fails where $1 is no option with a value.
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
	--pid | -p)
		mapfile -t COMPREPLY < <(cd /proc && compgen -G "$cur*" -X '*[!0-9]*')
		;;
	--ready-file)
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
	--min-delay | --min-handler | --buffer) ;;
	--listen | --max-functions | --storm-rate | --storm-share | --storm-rise) ;;
	--duration | -d | --interval | -i | --func | -f | --threshold | -t) ;;
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
	local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} i command=
	local options="--duration --interval --json --quiet --cpus --func --src --dst --pid --threshold
		--exit-code --kind --min-delay --min-handler --buffer --storm-rate --storm-share --storm-rise --by
		--listen --textfile --max-functions
		--kinds --stacks --self --housekeeping --ready-file --verbose --help --version
		-d -i -j -q -c -f -p -t -v -h"

	COMPREPLY=()
	for ((i = 1; i < COMP_CWORD; i++)); do
		case ${COMP_WORDS[i]} in
		--)
			_ipitrace_program $((i + 1))
			return
			;;
		summary | hist | trace | stalls | waits | serve | storm | check)
			command=${COMP_WORDS[i]}
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
		mapfile -t COMPREPLY < <(compgen -W "$options --" -- "$cur")
	elif [[ ! $command ]]; then
		mapfile -t COMPREPLY < <(compgen -W "summary hist trace stalls waits serve storm check" -- "$cur")
	fi
}

complete -F _ipitrace ipitrace
