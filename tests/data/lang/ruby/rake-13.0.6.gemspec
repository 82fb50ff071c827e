# -*- encoding: utf-8 -*-
# stub: rake 13.0.6 ruby lib

Gem::Specification.new do |s|
  s.name = "rake".freeze
  s.version = "13.0.6"

  s.required_rubygems_version = Gem::Requirement.new(">= 1.3.2".freeze) if s.respond_to? :required_rubygems_version=
  s.licenses = ["MIT".freeze, "Ruby".freeze]
  s.name_not = "x"
  if s.respond_to? :specification_version then
    s.add_runtime_dependency(%q<thread_safe>.freeze, ["~> 0.1"])
    s.add_development_dependency(%q<minitest>.freeze, ["~> 5"])
    s.add_dependency('other', ">= 0")
  end
end
