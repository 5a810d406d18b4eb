#!/bin/sh
# A hook of libvirt: the start of the object $1 waits for as long as a test holds it.
hold=/run/tierdeps-hold/$1
case $2 in
prepare | start)
    [ ! -e "$hold" ] || : > "$hold.reached"
    while [ -e "$hold" ]; do sleep 0.02; done
    ;;
esac
